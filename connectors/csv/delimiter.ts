import { parseRecord } from './record.ts'

const candidates = [',', ';', '\t', '|']

/**
 * What most likely stands between the columns, from the beginning of a file: that with which the most of its rows have
 * as many columns as the first, then that which makes the most of them. A comma, where there is but one column.
 */
export function detectDelimiter(sample: string): string {
  const scored = candidates.map((delimiter) => ({ delimiter, ...score(sample, delimiter) }))
  const best = scored
    .filter(({ columns }) => columns > 1)
    .toSorted((a, b) => b.even - a.even || b.columns - a.columns)
    .at(0)
  return best?.delimiter ?? ','
}

function score(sample: string, delimiter: string): { columns: number; even: number } {
  const widths = firstWidths(sample, delimiter)
  const columns = widths[0] ?? 0
  return { columns, even: widths.filter((width) => width === columns).length }
}

/** Of the rows that are whole, as far as they can be read. */
function firstWidths(sample: string, delimiter: string): number[] {
  const widths: number[] = []
  let at = 0
  while (at < sample.length && widths.length < 200) {
    const parsed = parseRecord(sample, at, delimiter, true)
    if (!parsed || 'fault' in parsed) break
    if (parsed.fields.some((field) => field !== '')) widths.push(parsed.fields.length)
    at = parsed.next
  }
  return widths
}
