/** What of docs/example-connector is only an example, and has to be filled in for a system of one's own. */

/** By file: a `// TODO` goes above the one line that holds the text. */
const comments: Record<string, [above: string, blank: string][]> = {
  'index.ts': [
    [".default('https://api.", 'the address of its API'],
    ['const headers = {', 'how it is given the credential; manifest.json names the credential'],
    ["await get('/v2/me')", 'where it says whose account the credential is of, and whether it holds live or test data'],
    ['const refusals:', 'what its manual says of each status, and of how it says that there were too many requests'],
    ['const paths:', 'where each resource of manifest.json is listed, and got by id'],
    ['const query = new URLSearchParams(', 'how a page is asked for, where its objects are, and what names the next'],
  ],
  'sandbox.ts': [
    ['function inventCustomer(', 'objects as its manual shows them, empty and missing fields included'],
    [
      'function answer(',
      'what it answers, as its manual says: a credential that is wrong, pages, one object, one that is not there',
    ],
  ],
  'example-connector.test.ts': [['const payload = {', 'an object as its manual shows it, and below what it becomes']],
}

/** JSON has no comments, so there the blank is the value. */
const values: [text: RegExp, blank: string][] = [
  [
    /"description": ".*"/,
    '"description": "TODO: what it brings, and of what; then its credentials, resources and mappings"',
  ],
  [
    /"rateLimits": \[\{/,
    '"rateLimits": [{ "match": "TODO: the limits of its manual, without this match where they are for all requests",',
  ],
]

/** Throws where the example has changed, so that a blank has no place any more. */
export function withBlanks(file: string, text: string): string {
  if (file === 'manifest.json')
    return values.reduce((filled, [pattern, blank]) => replaceOne(filled, pattern, blank), text)
  const lines = text.split('\n')
  for (const [above, blank] of comments[file] ?? []) {
    const at = lines.findIndex((line) => line.includes(above))
    if (at === -1) throw noPlace(above)
    lines.splice(at, 0, `// TODO: ${blank}`)
  }
  return lines.join('\n')
}

function replaceOne(text: string, pattern: RegExp, blank: string): string {
  if (!pattern.test(text)) throw noPlace(String(pattern))
  return text.replace(pattern, blank)
}

const noPlace = (what: string) =>
  new Error(`docs/example-connector has no ${what} any more; correct scripts/connector/blanks.ts`)
