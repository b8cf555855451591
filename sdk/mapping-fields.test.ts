import { expect, test } from 'vitest'
import { mappingFields } from './mapping-fields.ts'

test('lists the fields of a model with the lines of its objects', () => {
  expect(Object.fromEntries(mappingFields('customer'))).toMatchObject({
    email: 'text',
    tags: 'json',
    created_at: 'timestamp',
    billing_address: 'json',
    'billing_address.postal_code': 'text',
    'shipping_address.city': 'text',
  })
})

test('leaves out what the engine fills by itself', () => {
  const fields = mappingFields('invoice')
  expect(fields.get('total')).toBe('decimal')
  expect(['source_id', 'custom_fields', 'model', 'line_items.total'].filter((field) => fields.has(field))).toEqual([])
})
