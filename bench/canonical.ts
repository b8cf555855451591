import { createHash } from 'node:crypto'

/** What is compared of a table and of the source's truth. */
export type Digest = { count: number; hash: string }

/** JSON with the keys of every object in order: the same value gives the same text, however it was stored. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join()}}`
}

/** Of objects in any order. With `fields`: of these alone, since some keep no more; what an object lacks is null. */
export function digestOf(objects: Iterable<object>, fields?: string[]): Digest {
  const lines: string[] = []
  for (const object of objects) {
    const kept = fields ? Object.fromEntries(fields.map((name) => [name, fieldOf(object, name)])) : object
    lines.push(`${String(fieldOf(object, 'id'))} ${canonical(kept)}`)
  }
  const hash = createHash('sha256')
  for (const line of lines.sort()) hash.update(line).update('\n')
  return { count: lines.length, hash: hash.digest('hex') }
}

const fieldOf = (object: object, name: string): unknown => (object as Record<string, unknown>)[name] ?? null
