import { readFileSync } from 'node:fs'
import type { Unified } from '@tributary/sdk'
import { models } from '@tributary/sdk/models'
import { describe, expect, test } from 'vitest'
import { map } from './map.ts'

type Fixture = Record<string, unknown> & { properties: Record<string, unknown> }
type Changes = { properties?: Record<string, unknown>; [key: string]: unknown }

const account = { id: '8424242', mode: 'test', currency: 'USD' } as const
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture

function toUnified(name: string, { properties, ...changes }: Changes = {}): Unified {
  const original = fixture(name)
  const payload = { ...original, ...changes, properties: { ...original.properties, ...properties } }
  const resource = { name } as Parameters<(typeof map)[string]['toUnified']>[2]
  return map[name]!.toUnified(payload, account, resource)[0]!
}

describe('a mapper', () => {
  test('makes a customer of a contact, with what the model has no field for as custom fields', () => {
    expect(toUnified('contact')).toEqual({
      model: 'customer',
      source_id: '40851',
      created_at: '2024-03-07T09:12:44.883417Z',
      updated_at: '2025-06-01T08:30:00.417Z',
      email: 'ingrid.solvang@example.com',
      name: 'Ingrid Solvang',
      phone: '+47 55 00 00 00',
      company: 'Fjordlys AS',
      billing_address: { street: 'Elvegata 12', city: 'Bergen', state: null, postal_code: '5003', country: 'Norway' },
      custom_fields: {
        company_ids: ['8900000451', '8900000501'],
        fjordlys_tier: 'gold;pilot',
        hs_calculated_merged_vids: '40858:1709802764883',
        hs_email_optout: 'false',
        hubspot_owner_id: '71001',
        lifecyclestage: 'customer',
      },
    })
  })

  test('makes a company, its revenue in the currency of the account', () => {
    expect(toUnified('company')).toEqual({
      model: 'company',
      source_id: '8900000451',
      created_at: '2023-11-20T14:05:09.120Z',
      updated_at: '2025-05-30T07:00:00.001Z',
      name: 'Fjordlys AS',
      domain: 'fjordlys.example.com',
      industry: 'RENEWABLES_ENVIRONMENT',
      phone: null,
      employees: 240,
      annual_revenue: '12500000',
      currency: 'USD',
      address: {
        street: 'Strandavegen 1, Floor 3',
        city: 'Voss',
        state: 'Vestland',
        postal_code: '5700',
        country: 'Norway',
      },
      owner_id: '71002',
      custom_fields: { founded_year: '1998', hs_merged_object_ids: '8900000101;8900000151', is_public: 'false' },
    })
  })

  test('makes a deal with the ids of those that it is about', () => {
    expect(toUnified('deal')).toEqual({
      model: 'deal',
      source_id: '10101',
      created_at: '2025-02-11T16:20:31.500Z',
      updated_at: '2025-06-01T08:30:00.417Z',
      name: 'Renewal 2025',
      amount: '1250.50',
      currency: 'NOK',
      pipeline: 'default',
      stage: 'contractsent',
      status: 'open',
      expected_close_date: '2025-08-31',
      closed_at: null,
      owner_id: '71001',
      company_ids: ['8900000451'],
      customer_ids: ['951', '40851'],
      custom_fields: {
        dealtype: 'existingbusiness',
        hs_deal_stage_probability: '0.90000000000000002220446049250313080847263336181640625',
      },
    })
  })

  test.each(['contact', 'company', 'deal'])('makes of a %s without any value a record of its model', (name) => {
    for (const value of [null, '', undefined]) {
      const properties = Object.fromEntries(Object.keys(fixture(name).properties).map((key) => [key, value]))
      const record = toUnified(name, { properties, createdAt: value, updatedAt: value, associations: undefined })
      const { schema } = models[record.model]
      const bare = { model: record.model, source_id: fixture(name).id, ...(name === 'deal' && { currency: 'USD' }) }
      expect(schema.parse(record)).toEqual(schema.parse(bare))
    }
  })

  test.each(['contact', 'company', 'deal'])('makes of a %s what its model takes', (name) => {
    const record = toUnified(name)
    expect(models[record.model].schema.parse(record)).toMatchObject({ source_id: fixture(name).id })
  })
})

describe('a name', () => {
  test.each([
    ['Ingrid', '', 'Ingrid'],
    [null, 'Solvang', 'Solvang'],
    ['', null, null],
  ])('of %j and %j is %j', (firstname, lastname, name) => {
    expect(toUnified('contact', { properties: { firstname, lastname } })).toHaveProperty('name', name)
  })
})

describe('a deal', () => {
  test.each([
    ['true', 'true', 'won'],
    ['true', 'false', 'lost'],
    ['true', null, 'lost'],
    ['false', 'false', 'open'],
    [null, null, null],
  ])('that is closed: %s, and won: %s, is %s', (hs_is_closed, hs_is_closed_won, status) => {
    const { expected_close_date, closed_at, ...deal } = toUnified('deal', {
      properties: { hs_is_closed, hs_is_closed_won },
    }) as Record<string, unknown>
    const isOver = status === 'won' || status === 'lost'
    expect(deal.status).toBe(status)
    expect([expected_close_date, closed_at]).toEqual(isOver ? [null, '2025-08-31T21:59:59.999Z'] : ['2025-08-31', null])
  })

  test('without a currency of its own has that of the account', () => {
    expect(toUnified('deal', { properties: { deal_currency_code: '' } })).toHaveProperty('currency', 'USD')
  })

  test('keeps every digit of its amount', () => {
    const amount = '123456789012345678901234567890.123456789'
    expect(toUnified('deal', { properties: { amount } })).toHaveProperty('amount', amount)
  })

  test('that is archived has no lists, since HubSpot does not give them', () => {
    const deal = toUnified('deal', { associations: undefined })
    expect(deal).toMatchObject({ company_ids: undefined, customer_ids: undefined })
  })
})

describe('a number of employees that no count can be', () => {
  test.each(['12.5', '9999999999'])('as %s stays a custom field', (numberofemployees) => {
    expect(toUnified('company', { properties: { numberofemployees } })).toMatchObject({
      employees: null,
      custom_fields: { numberofemployees },
    })
  })
})

describe('an object that is not what the API documents', () => {
  test.each([
    ['contact', { id: 7 }, 'id'],
    ['contact', { properties: { email: { secret: 'x' } } }, 'properties.email'],
    ['contact', { createdAt: 'yesterday' }, 'createdAt'],
    ['company', { properties: { annualrevenue: 'much' } }, 'properties.annualrevenue'],
    ['deal', { properties: { amount: '1,5' } }, 'properties.amount'],
    ['deal', { properties: { closedate: '2025-02-30' } }, 'properties.closedate'],
    ['deal', { properties: { hs_is_closed: 'maybe' } }, 'properties.hs_is_closed'],
    ['deal', { associations: { contacts: [{ toObjectId: null }] } }, 'associations.contacts.0.toObjectId'],
  ])('is refused, as a %s with %j, by the path of the field alone', (name, changes, path) => {
    expect(() => toUnified(name, changes)).toThrow(
      expect.objectContaining({ code: 'invalid_payload', message: expect.stringContaining(`${path}: `) as string }),
    )
    expect(() => toUnified(name, changes)).not.toThrow(/secret|yesterday|much|maybe/)
  })
})
