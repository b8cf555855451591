import { expect, test } from 'vitest'
import { ConnectorError, type Account, type Mapper, type Payload, type Resource } from '@tributary/sdk'
import type { Entry } from '../connectors/registry.ts'
import { mapRecords, unifiedId } from './map-records.ts'

const account: Account = { id: 'acct_1', mode: 'test', currency: 'eur' }
const resource = (over: Partial<Resource> = {}) => ({ name: 'thing', model: 'customer', ...over }) as Resource
const entry = (toUnified?: Mapper['toUnified']) =>
  ({ manifest: { type: 'x' }, connector: { map: toUnified && { thing: { toUnified } } } }) as unknown as Entry
const map = (toUnified: Mapper['toUnified'] | undefined, of = resource(), payload: Payload = { n: 1 }) =>
  mapRecords(entry(toUnified), account, of, { id: 'o1', payload })

test('A mapper is given the object, its account and its resource; what it leaves out becomes null', () => {
  const given: unknown[] = []
  const of = resource()
  const mapped = map(
    (...args) => {
      given.push(...args)
      return [{ model: 'customer', source_id: 'c1', email: 'ada@example.com' }]
    },
    of,
    { n: 2 },
  )
  expect(given).toEqual([{ n: 2 }, account, of])
  expect(mapped).toMatchObject({ ok: true, records: [{ email: 'ada@example.com', phone: null, custom_fields: {} }] })
})

test('An object may be nothing of the model, or several records of it', () => {
  expect(map(() => [])).toEqual({ ok: true, records: [] })
  const two = map(() => [
    { model: 'customer', source_id: 'c1' },
    { model: 'customer', source_id: 'c2' },
  ])
  expect(two).toMatchObject({ ok: true, records: [{ source_id: 'c1' }, { source_id: 'c2' }] })
})

test('A resource without a model has no records, and its mapper is not asked', () => {
  const toUnified = () => {
    throw new Error('asked')
  }
  expect(map(toUnified, resource({ model: undefined }))).toEqual({ ok: true, records: [] })
})

test('A declared mapping does without a mapper', () => {
  const of = resource({ mapping: { email: '/contact/mail' } })
  expect(map(undefined, of, { contact: { mail: 'ada@example.com' } })).toMatchObject({
    ok: true,
    records: [{ model: 'customer', source_id: 'o1', email: 'ada@example.com' }],
  })
})

test('A record that breaks the rules of its model is told by field and rule, never by value', () => {
  const mapped = map(() => [
    {
      model: 'customer',
      source_id: '',
      email: 'hunter2' as never,
      phone: { secret: 'hunter2' } as never,
      created_at: 'hunter2',
      tags: ['ok', 7 as never],
      custom_fields: { deep: new Date(0) as never },
    },
  ])
  expect(mapped).toMatchObject({ ok: false, reason_code: 'invalid_record' })
  const { reason } = mapped as { reason: string }
  for (const field of ['source_id', 'phone', 'created_at', 'tags.1']) expect(reason).toContain(`${field}: `)
  expect(reason).not.toContain('hunter2')
})

test('A record of another model than its resource has is refused', () => {
  const mapped = map(() => [{ model: 'product', source_id: 'p1' }])
  expect(mapped).toMatchObject({ ok: false, reason_code: 'invalid_record', reason: expect.stringContaining('model: ') })
})

test('A field that the model does not have is refused, not dropped', () => {
  const mapped = map(() => [{ model: 'customer', source_id: 'c1', e_mail: 'x' } as never])
  expect(mapped).toMatchObject({ ok: false, reason: expect.stringContaining('e_mail') })
})

test('A connector says in its own words why an object cannot be mapped', () => {
  const mapped = map(() => {
    throw new ConnectorError('invalid_payload', 'x: amount has no currency')
  })
  expect(mapped).toEqual({ ok: false, reason_code: 'invalid_payload', reason: 'x: amount has no currency' })
})

test.each([
  ['throws', () => JSON.parse('{"card": 4242') as never, 'SyntaxError'],
  ['reads what is not there', (payload: Payload) => (payload as { a: { b: never } }).a.b, 'TypeError'],
  ['gives no list', () => ({ model: 'customer' }) as never, 'TypeError'],
  ['gives nothing', () => undefined as never, 'TypeError'],
  ['gives a promise', () => Promise.resolve([]) as never, 'TypeError'],
])('A mapper that %s is at fault, and its words are not repeated', (_, toUnified, name) => {
  expect(map(toUnified)).toEqual({
    ok: false,
    reason_code: 'mapper_failed',
    reason: `the mapper threw ${name}; this is a fault of the connector`,
  })
})

test('What a mapper throws that is no error is not repeated either', () => {
  const mapped = map(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- an outside connector may
    throw 'hunter2'
  })
  expect(mapped).toMatchObject({
    ok: false,
    reason_code: 'mapper_failed',
    reason: expect.not.stringContaining('hunter2'),
  })
})

const key = { org_id: 'org', connection_id: 'con', resource: 'thing' }
const record = { model: 'customer', source_id: 'c1' } as never

test('An id follows from org, connection, resource, model and source id, and from nothing else', () => {
  const id = unifiedId(key, record)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(unifiedId({ ...key }, { model: 'customer', source_id: 'c1', name: 'other' } as never)).toBe(id)
  const others = [
    unifiedId({ ...key, org_id: 'x' }, record),
    unifiedId({ ...key, connection_id: 'x' }, record),
    unifiedId({ ...key, resource: 'x' }, record),
    unifiedId(key, { model: 'product', source_id: 'c1' } as never),
    unifiedId(key, { model: 'customer', source_id: 'c2' } as never),
    unifiedId({ ...key, connection_id: 'conth', resource: 'ing' }, record),
  ]
  expect(new Set([id, ...others]).size).toBe(7)
})

test('An id is the same in every release', () => {
  expect(unifiedId(key, record)).toBe('0050d02b-416a-574d-8788-ad9d05233b28')
})
