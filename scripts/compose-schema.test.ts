import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DCLinter } from 'dclint'
import { expect, it } from 'vitest'

const file = path.resolve(import.meta.dirname, '../docker-compose.yml')

it('docker-compose.yml follows the schema of the compose specification', () => {
  expect(errorsOf(file)).toEqual([])
})

it('a misspelt key of docker-compose.yml is an error', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tributary-compose-'))
  const misspelt = path.join(folder, 'docker-compose.yml')
  writeFileSync(misspelt, readFileSync(file, 'utf8').replace('healthcheck:', 'helthcheck:'))
  expect(errorsOf(misspelt)).toEqual(['invalid-schema'])
  rmSync(folder, { recursive: true })
})

type Message = { type: string; rule: string }

/** The schema that dclint ships is the specification's own; its other errors (an image without a tag, say) count as well. */
function errorsOf(target: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] })
  const messages = linter.lintFiles([target], false).flatMap((result: { messages: Message[] }) => result.messages)
  return messages.filter(({ type }: Message) => type === 'error').map(({ rule }: Message) => rule)
}
