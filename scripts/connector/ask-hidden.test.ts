import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { askHidden } from './ask-hidden.ts'

/** What comes of a person who types `keys`, and all that the terminal shows meanwhile. */
async function ask(keys: string) {
  const terminal = { input: new PassThrough(), output: new PassThrough() }
  const answer = askHidden('secret_key: ', terminal).catch((error: Error) => error.message)
  terminal.input.write(keys)
  const given = await answer
  return { given, shown: await text(terminal.output.end()) }
}

test('What is typed is given, and never shown', async () => {
  expect(await ask('sk_test_hush\r')).toEqual({ given: 'sk_test_hush', shown: 'secret_key: \n' })
})

test.each([
  ['Ctrl-C', 'sk_te\u0003'],
  ['Ctrl-D', '\u0004'],
  ['an empty line', ' \r'],
])('%s ends the command with a sentence', async (_what, keys) => {
  expect(await ask(keys)).toEqual({ given: 'Nothing was given, so nothing was read.', shown: 'secret_key: \n' })
})
