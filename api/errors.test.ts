import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { catalogue } from './errors.ts'

test('the catalogue of errors and docs/errors.md say the same', async () => {
  const document = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...document.matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) +\|$/gm)]
  const documented = Object.fromEntries(rows.map(([, code, status, hint]) => [code, { status: Number(status), hint }]))
  expect(documented).toEqual(catalogue)
})
