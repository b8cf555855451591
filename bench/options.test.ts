import { expect, test } from 'vitest'
import { readOptions, SCENARIOS } from './options.ts'

test('without arguments every scenario runs, against the peers', () => {
  expect(readOptions([])).toMatchObject({ scenarios: SCENARIOS, rounds: 3, peers: true })
})

test('scenarios are named and sizes given', () => {
  expect(readOptions(['copy', '--rows', '500', '--no-peers'])).toMatchObject({
    scenarios: ['copy'],
    rows: 500,
    peers: false,
  })
})

test('what is not there is refused by name', () => {
  expect(() => readOptions(['fast'])).toThrow('there is no scenario "fast"; there are full, budget')
  expect(() => readOptions(['--rounds', 'many'])).toThrow('--rounds must be a whole number, not "many"')
})
