/** Numbers of several rounds, and tables of them. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Half of the distance between the extremes, in percent of the median. */
export function spread(values: number[]): number {
  const half = (Math.max(...values) - Math.min(...values)) / 2
  return (100 * half) / (median(values) || 1)
}

export type Row = Record<string, string>

/** As Markdown; the columns are those of the first row. */
export function renderTable(rows: Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const width = (name: string) => Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0))
  const line = (cells: (name: string) => string) => `| ${names.map(cells).join(' | ')} |`
  return [
    line((name) => name.padEnd(width(name))),
    line((name) => '-'.repeat(width(name))),
    ...rows.map((row) => line((name) => (row[name] ?? '').padEnd(width(name)))),
  ].join('\n')
}

/** 12345.6 -> "12,346", 0.1234 -> "0.12" */
export const show = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
