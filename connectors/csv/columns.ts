/**
 * A name for each column: as the header has it, without space around it, made distinct. What is empty is called by its
 * place, `column_3`; what is there again gets a number, `name_2`.
 */
export function columnNames(header: string[]): string[] {
  const taken = new Set<string>()
  return header.map((cell, index) => {
    const name = distinct(cell.trim() || `column_${index + 1}`, taken)
    taken.add(name)
    return name
  })
}

function distinct(name: string, taken: Set<string>): string {
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}_${number}`)) number++
  return `${name}_${number}`
}

/** The fields of a row as wide as the header: what is missing is empty. Undefined where something stands beyond the header. */
export function fit(fields: string[], width: number): string[] | undefined {
  if (fields.length === width) return fields
  if (fields.length < width) return [...fields, ...Array<string>(width - fields.length).fill('')]
  return fields.slice(width).every((field) => field === '') ? fields.slice(0, width) : undefined
}
