import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const page = read('CONTRIBUTING.md')
const quotes = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, path, text]) => ({
  path: path!,
  text: text!,
}))
const files = readdirSync(join(root, 'docs/example-connector')).map((file) => `docs/example-connector/${file}`)

test('quotes every file of the example', () => {
  expect(quotes.map(({ path }) => path).toSorted()).toEqual(files.toSorted())
})

test.each(quotes)('quotes $path as it is', ({ path, text }) => {
  expect(text).toBe(read(path))
})

test('promises four files and about 250 lines, and keeps it', () => {
  expect(page).toContain('four files and about 250 lines')
  expect(files).toHaveLength(4)
  const lines = files.map((file) => read(file).trimEnd().split('\n').length).reduce((sum, count) => sum + count, 0)
  expect(lines).toBeLessThan(300)
})

test('names only commands that there are', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...page.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, script]) => script!)
  expect(
    named.filter((script) => !['ci', 'package', 'start', 'test', ...Object.keys(scripts)].includes(script)),
  ).toEqual([])
  expect(named).toContain('check')
})
