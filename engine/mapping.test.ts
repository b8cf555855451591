import { defineResource, isConnectorError } from '@tributary/sdk'
import type { ModelName } from '@tributary/sdk'
import { models } from '@tributary/sdk/models'
import { expect, test } from 'vitest'
import { applyMapping } from './mapping.ts'

const resourceOf = (model: ModelName, mapping: Record<string, string>) =>
  defineResource({ name: 'thing', collectionKey: 'acme_thing', full: { by: 'pages' }, model, mapping })

const customer = resourceOf('customer', {
  name: '/who/full name',
  email: '/mail',
  created_at: '/since',
  tags: '/tags',
  'billing_address.city': '/town',
  'billing_address.country': '/land',
})

test('makes a record that the model accepts, and keeps what no pointer names as custom fields', () => {
  const record = applyMapping(customer, '0012', {
    id: 12,
    who: { 'full name': 'Jane Doe', nick: 'JD' },
    mail: 'jane@example.com',
    since: '2024-01-31 10:00',
    tags: ['vip'],
    town: 'Köln',
    land: null,
  })
  expect(record).toEqual({
    model: 'customer',
    source_id: '0012',
    name: 'Jane Doe',
    email: 'jane@example.com',
    created_at: '2024-01-31T10:00:00Z',
    tags: ['vip'],
    billing_address: { city: 'Köln' },
    custom_fields: { id: 12, who: { nick: 'JD' } },
  })
  expect(models.customer.schema.parse(record)).toMatchObject({
    phone: null,
    billing_address: { city: 'Köln', street: null },
  })
})

test('invents nothing: what the object leaves out stays null', () => {
  expect(applyMapping(customer, '1', {})).toEqual({
    model: 'customer',
    source_id: '1',
    name: null,
    email: null,
    created_at: null,
    tags: null,
    custom_fields: {},
  })
})

const of = (model: ModelName, field: string, value: unknown) =>
  (applyMapping(resourceOf(model, { [field]: '/x' }), '1', { x: value }) as Record<string, unknown>)[field]

test.each<[ModelName, string, unknown, unknown]>([
  ['customer', 'name', 12, '12'],
  ['customer', 'name', '', ''],
  ['customer', 'name', ' a ', ' a '],
  ['customer', 'tags', '["a","b"]', ['a', 'b']],
  ['customer', 'tags', '', null],
  ['payment', 'amount', '1.50', '1.50'],
  ['payment', 'amount', ' -0.10 ', '-0.10'],
  ['payment', 'amount', 12.5, '12.5'],
  ['payment', 'amount', '', null],
  ['payment', 'paid_at', '2024-01-31', '2024-01-31T00:00:00Z'],
  ['product', 'active', 'Yes', true],
  ['product', 'active', 0, false],
  ['product', 'active', false, false],
])('makes %s.%s of %j: %j', (model, field, value, expected) => {
  expect(of(model, field, value)).toEqual(expected)
})

test.each<[ModelName, string, unknown, string]>([
  ['customer', 'name', { first: 'Jane' }, 'an object: it must be text'],
  ['customer', 'tags', 'vip', 'this text: it must be an object or a list'],
  ['customer', 'tags', 7, 'a number: it must be an object or a list'],
  ['payment', 'amount', '1,234.50', 'this text: it must be a number like 12.50'],
  ['payment', 'amount', 1e21, 'a number: it must be a number like 12.50'],
  ['payment', 'amount', ['71'], 'a list: it must be a number'],
  ['payment', 'paid_at', 1706659200, 'a number: it must be a time'],
  ['payment', 'paid_at', '31.01.2024', 'this text: it must be a time'],
  ['product', 'active', 'perhaps', 'this text: it must be true or false'],
  ['product', 'price', 777, 'is no field of product'],
])('refuses to make %s.%s of %j, and says why without the value', (model, field, value, reason) => {
  const error = errorOf(() => of(model, field, value))
  expect(isConnectorError(error) && error.code).toBe('invalid_payload')
  expect(String(error)).toContain(`acme_thing: ${model}.${field}`)
  expect(String(error)).toContain(reason)
  expect(String(error)).toContain('correct /x at the source')
  expect(String(error).includes(String(value))).toBe(false)
})

function errorOf(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
