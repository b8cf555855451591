import { expect, test } from 'vitest'
import { compileSchema } from './json-schema.ts'

const schema = {
  type: 'object',
  required: ['id', 'email'],
  properties: { id: { type: 'integer' }, email: { type: ['string', 'null'] } },
}

test('says everything that is wrong, and nothing of what stands there', () => {
  const check = compileSchema(schema)
  expect(check({ id: 1, email: null })).toEqual([])
  expect(check({ id: 'jane' })).toEqual(["/ must have required property 'email'", '/id must be integer'])
})

test('refuses a schema with a keyword that does not exist', () => {
  expect(() => compileSchema({ type: 'object', requires: ['id'] })).toThrow('unknown keyword: "requires"')
})
