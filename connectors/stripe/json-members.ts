/**
 * The members of a compact JSON object as exact text, in order: `[['id', '"in_1"'], ['total', '1.50'], …]`. With
 * `joinMembers` one member can be replaced and all others keep the digits that they came with.
 */
export function splitMembers(json: string): [key: string, value: string][] {
  const members: [string, string][] = []
  let from = 1
  for (let at = 1, depth = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = stringEnd(json, at)
    else if (char === '{' || char === '[') depth++
    else if (depth > 0) depth -= char === '}' || char === ']' ? 1 : 0
    else if (char === ',' || char === '}') {
      if (at > from) members.push(toMember(json, from, at))
      from = at + 1
    }
  }
  return members
}

/** The exact text of a member; that of an empty object where there is none. Of two with one name the last counts, as for JSON.parse. */
export const memberOf = (json: string, key: string): string =>
  splitMembers(json).findLast(([name]) => name === key)?.[1] ?? '{}'

export const joinMembers = (members: [key: string, value: string][]): string =>
  `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

function toMember(json: string, from: number, to: number): [string, string] {
  const keyEnd = stringEnd(json, from) + 1
  return [JSON.parse(json.slice(from, keyEnd)) as string, json.slice(keyEnd + 1, to)]
}

/** Index of the quote that closes the string opened at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
