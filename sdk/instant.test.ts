import fc from 'fast-check'
import { expect, test } from 'vitest'
import { models } from './models/index.ts'
import { isDate, toInstant } from './instant.ts'

test.each([
  ['2024-01-31', '2024-01-31T00:00:00Z'],
  ['2024-01-31T10:20', '2024-01-31T10:20:00Z'],
  ['2024-01-31 10:20:30', '2024-01-31T10:20:30Z'],
  ['2024-01-31T10:20:30.123456z', '2024-01-31T10:20:30.123456Z'],
  ['2024-01-31 10:20:30 +01', '2024-01-31T10:20:30+01:00'],
  ['2024-01-31T10:20:30-0530', '2024-01-31T10:20:30-05:30'],
  [' 2024-02-29T23:59:59+02:00 ', '2024-02-29T23:59:59+02:00'],
])('reads %j as %j', (text, instant) => {
  expect(toInstant(text)).toBe(instant)
})

test.each([
  '',
  '31.01.2024',
  '2024-1-31',
  '2023-02-29',
  '2024-13-01',
  '2024-01-31T25:00',
  '2024-01-31T24:00',
  '1706659200',
])('reads no time in %j', (text) => {
  expect(toInstant(text)).toBeUndefined()
})

test('knows the days that exist', () => {
  expect(['2024-02-29', '2000-02-29', '0099-12-31'].every(isDate)).toBe(true)
  expect(['2023-02-29', '1900-02-29', '2024-04-31', '2024-00-10', '2024-01-00', '2024-01-31T00:00'].some(isDate)).toBe(
    false,
  )
})

test('gives what the models take for a time', () => {
  const instants = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(instants, fc.constantFrom('Z', '+02', '-0530', ''), (date, zone) => {
      const created_at = toInstant(date.toISOString().replace('T', ' ').replace('Z', zone))
      expect(models.customer.schema.parse({ model: 'customer', source_id: '1', created_at }).created_at).toBe(
        created_at,
      )
    }),
  )
})
