/** What a JSON pointer (RFC 6901) names in `document`, or undefined where there is nothing. Only own members are seen. */
export function getPointer(document: unknown, pointer: string): unknown {
  let value = document
  for (const token of tokensOf(pointer)) value = member(value, token)
  return value
}

/**
 * `payload` without what the pointers name, itself untouched. Along the way only what changes is copied.
 * An element of an array becomes null, so that the others keep their places.
 */
export function without(payload: object, pointers: readonly string[]): object {
  if (pointers.includes('')) return {}
  const paths = pointers.map(tokensOf)
  const members = new Set(paths.filter((path) => path.length === 1).map(([name]) => name))
  return paths.filter((path) => path.length > 1).reduce(remove, members.size > 0 ? omit(payload, members) : payload)
}

/** The pointer to a member of the outermost object, whatever its name. */
export const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

const tokensOf = (pointer: string): string[] => pointer.split('/').slice(1).map(unescaped)

const unescaped = (token: string): string =>
  token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const member = (value: unknown, token: string): unknown =>
  isObject(value) && has(value, token) ? value[token] : undefined

/** An array has its elements and no `length`. */
const has = (value: object, token: string): boolean =>
  Object.hasOwn(value, token) && !(Array.isArray(value) && token === 'length')

function remove(value: object, [token, ...rest]: string[]): object {
  if (token === undefined || !has(value, token)) return value
  const below = member(value, token)
  if (rest.length > 0) return isObject(below) ? replace(value, token, remove(below, rest)) : value
  return Array.isArray(value) ? replace(value, token, null) : omit(value, new Set([token]))
}

const replace = (value: object, token: string, by: unknown): object =>
  Array.isArray(value)
    ? value.with(Number(token), by)
    : Object.fromEntries(Object.entries(value).map(([name, held]) => [name, name === token ? by : held]))

function omit(value: object, names: Set<string | undefined>): object {
  const kept: [string, unknown][] = []
  for (const entry of Object.entries(value)) if (!names.has(entry[0])) kept.push(entry)
  return Object.fromEntries(kept)
}
