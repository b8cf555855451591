import { Client } from '@hubspot/api-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import hubspotSandbox, { type HubspotSandbox } from './sandbox.ts'

const COUNTS = { contacts: 60, companies: 12, deals: 30, properties: 5 }
const NOW = Date.parse('2026-07-03T12:00:00Z')
const HOUR = 3_600_000

type Shown = { id: string; archived: boolean; archivedAt?: string; properties: Record<string, string | null> }
type Body = { results: Shown[]; total: number; paging?: { next: { after: string } }; [key: string]: unknown }

let sandbox: HubspotSandbox
const started: HubspotSandbox[] = []
async function start(counts: Record<string, number> = {}) {
  started.push((sandbox = await hubspotSandbox.start({ seed: 7, counts: { ...COUNTS, ...counts }, now: NOW })))
  return sandbox
}
beforeAll(() => start())
afterAll(() => Promise.all(started.map((one) => one.close())))

async function ask(
  path: string,
  { method = 'GET', body, token }: { method?: string; body?: object; token?: string } = {},
) {
  const headers = { authorization: `Bearer ${token ?? 'tributary_demo_token'}` }
  const response = await fetch(sandbox.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const text = await response.text()
  const parsed = text.startsWith('{') ? (JSON.parse(text) as Body) : ({} as Body)
  return { status: response.status, headers: response.headers, body: parsed }
}
const post = (path: string, body: object) => ask(path, { method: 'POST', body })
const search = (body: object, type = 'contacts') => post(`/crm/v3/objects/${type}/search`, body)
const filter = (propertyName: string, operator: string, value?: string) => ({
  filterGroups: [{ filters: [{ propertyName, operator, value }] }],
})
const truth = (name: string, at = sandbox) => at.truth(name) as Shown[]
const inUse = (name: string) => truth(name).filter(({ archived }) => !archived)
const idsOf = ({ body }: { body: Body }) => body.results.map(({ id }) => id)

describe('the seed', () => {
  const dump = (one: HubspotSandbox) =>
    JSON.stringify(one.resources.map((resource) => [one.truth(resource), one.deleted(resource)]))

  it('gives the same bytes again, and others for another seed', async () => {
    const again = await hubspotSandbox.start({ seed: 7, counts: COUNTS })
    const other = await hubspotSandbox.start({ seed: 8, counts: COUNTS })
    expect(dump(again)).toBe(dump(sandbox))
    expect(dump(other)).not.toBe(dump(sandbox))
    await Promise.all([again.close(), other.close()])
  })

  it('leaves every other type as it was when one is asked for more', async () => {
    const more = await hubspotSandbox.start({ seed: 7, counts: { ...COUNTS, companies: 20 } })
    const own = (one: HubspotSandbox) => truth('contact', one).map(({ properties }) => properties)
    expect(own(more)).toEqual(own(sandbox))
    await more.close()
  })

  it('fills the account as asked, with the awkward data of real ones', async () => {
    const big = await hubspotSandbox.start()
    const [contacts, companies, deals] = ['contact', 'company', 'deal'].map((name) => truth(name, big))
    expect([contacts, companies, deals].map((all) => all!.length)).toEqual([600, 150, 400])
    const values = (all: Shown[], name: string) => all.map(({ properties }) => properties[name])
    const modified = values(contacts!, 'lastmodifieddate')
    expect(Math.max(...modified.map((at) => modified.filter((other) => other === at).length))).toBeGreaterThan(200)
    expect(values(contacts!, 'email')).toContain('')
    expect(values(contacts!, 'description').some((note) => note?.includes('\0') && !note.isWellFormed())).toBe(true)
    expect(values(companies!, 'numberofemployees')).toContain('12.5')
    expect(values(deals!, 'amount')).toContain('123456789012345678.901')
    expect(contacts!.filter(({ archived }) => archived).length).toBe(30)
    expect(new Set(contacts!.map(({ id }) => id.length)).size).toBeGreaterThan(1)
    expect(big.deleted('contact').length).toBe(20)
    await big.close()
  })
})

describe('a list', () => {
  it('has either what is in use or what is archived, by id, and tells where it goes on', async () => {
    const path = '/crm/v3/objects/contacts?limit=40'
    const first = await ask(path)
    const rest = await ask(`${path}&after=${first.body.paging!.next.after}`)
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(inUse('contact').map(({ id }) => id))
    expect(rest.body.paging).toBeUndefined()
    const archived = await ask(`${path}&archived=true`)
    expect(archived.body.results.map((one) => [one.archived, Boolean(one.archivedAt)])).toEqual(
      Array(3).fill([true, true]),
    )
  })

  it('shows few properties unless it is asked for others, and null for what is not set', async () => {
    const shown = await ask('/crm/v3/objects/deals?limit=1')
    const asked = await ask('/crm/v3/objects/deals?limit=1&properties=dealtype,nonsense')
    expect(Object.keys(shown.body.results[0]!.properties)).toContain('dealname')
    const { createdate, hs_lastmodifieddate, hs_object_id, ...rest } = asked.body.results[0]!.properties
    expect([createdate, hs_lastmodifieddate, hs_object_id].every(Boolean)).toBe(true)
    expect(rest).toEqual({ dealtype: null })
  })

  it.each(['limit=101', 'limit=0', 'after=nonsense'])('is refused with %s', async (query) => {
    expect(await ask(`/crm/v3/objects/contacts?${query}`)).toMatchObject({
      status: 400,
      body: { status: 'error', category: 'VALIDATION_ERROR' },
    })
  })

  it('cannot be asked for with a URL without end', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `customer_success_health_score_${i}`).join(',')
    expect((await ask(`/crm/v3/objects/contacts?properties=${names}`)).status).toBe(414)
  })
})

describe('search', () => {
  it('filters numbers and times as such, and sorts by one property', async () => {
    const all = inUse('deal')
    const after = await search({ ...filter('hs_object_id', 'GT', '10001'), limit: 200 }, 'deals')
    expect(idsOf(after)).toEqual(all.filter(({ id }) => Number(id) > 10_001).map(({ id }) => id))
    const time = (one: Shown) => Date.parse(one.properties.hs_lastmodifieddate!)
    const middle = String(time(all[9]!))
    const since = await search(
      { ...filter('hs_lastmodifieddate', 'GTE', middle), sorts: ['-hs_lastmodifieddate'], limit: 200 },
      'deals',
    )
    const expected = all.filter((one) => time(one) >= Number(middle)).toSorted((a, b) => time(b) - time(a))
    expect(idsOf(since)).toEqual(expected.map(({ id }) => id))
    expect(since.body.total).toBe(expected.length)
  })

  it('takes groups as alternatives, and knows what is set', async () => {
    const [one, two] = inUse('company')
    const groups = [one, two].map((each) => filter('hs_object_id', 'EQ', each!.id).filterGroups[0])
    expect(idsOf(await search({ filterGroups: groups }, 'companies'))).toEqual([one!.id, two!.id])
    const has = await search({ ...filter('domain', 'HAS_PROPERTY'), limit: 200 }, 'companies')
    const has_not = await search({ ...filter('domain', 'NOT_HAS_PROPERTY'), limit: 200 }, 'companies')
    expect([has.body.total + has_not.body.total, has_not.body.total > 0]).toEqual([inUse('company').length, true])
  })

  it.each([
    ['a page of more than 200', { limit: 201 }],
    ['more than 10,000 results', { limit: 200, after: '9900' }],
    ['a body of more than 3,000 characters', { properties: Array.from({ length: 200 }, () => 'a_long_property_name') }],
    ['more than one order', { sorts: ['email', 'createdate'] }],
    ['a property that does not exist', filter('nonsense', 'EQ', '1')],
    ['an operator that does not exist', filter('email', 'LIKE', '1')],
    ['more than 5 groups', { filterGroups: Array(6).fill({ filters: [] }) }],
  ])('refuses %s', async (_, body) => {
    expect(await search(body)).toMatchObject({ status: 400, body: { category: 'VALIDATION_ERROR' } })
  })

  it('goes on until the last of 10,000', async () => {
    const page = await search({ limit: 20 })
    expect(page.body.paging).toEqual({ next: { after: '20' } })
    expect((await search({ limit: 200, after: '9800' })).body).toMatchObject({ total: 57, results: [] })
  })

  it('is late by as much as it is told: with new objects, with changes, with what was archived', async () => {
    await start()
    sandbox.settings.indexLagMs = HOUR
    const [changed, , archived] = inUse('contact')
    sandbox.clock.advance(2 * HOUR)
    const { id } = sandbox.mutate.create('contact', { email: 'new@example.com' })
    sandbox.mutate.update('contact', changed!.id, { email: 'changed@example.com' })
    sandbox.mutate.remove('contact', archived!.id)
    const emailsOf = async () => (await search({ limit: 200 })).body.results.map(({ properties }) => properties.email)
    const before = await emailsOf()
    expect(before).not.toContain('new@example.com')
    expect(before).not.toContain('changed@example.com')
    expect(before).toContain(archived!.properties.email)
    sandbox.clock.advance(HOUR)
    const after = await emailsOf()
    expect(after).toEqual(expect.arrayContaining(['new@example.com', 'changed@example.com']))
    expect(after).not.toContain(archived!.properties.email)
    expect(Number(id)).toBeGreaterThan(Number(truth('contact').at(-2)!.id))
  })
})

describe('a batch', () => {
  const read = (ids: string[], query = '') =>
    post(`/crm/v3/objects/contacts/batch/read${query}`, { inputs: ids.map((id) => ({ id })), properties: ['email'] })

  it('is a 207 where an id is not found, which an archived one is only if asked for as such', async () => {
    await start()
    const [live] = inUse('contact')
    const archived = truth('contact').find((one) => one.archived)!
    const found = await read([live!.id])
    expect([found.status, found.body.status, found.body.errors]).toEqual([200, 'COMPLETE', undefined])
    const partly = await read([live!.id, archived.id, '7'])
    expect([partly.status, idsOf(partly)]).toEqual([207, [live!.id]])
    expect(partly.body).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: [archived.id, '7'] } }],
    })
    expect(idsOf(await read([live!.id, archived.id], '?archived=true'))).toEqual([archived.id])
  })

  it.each([
    ['no id', []],
    ['101 ids', Array.from({ length: 101 }, (_, i) => String(i))],
    ['an id that is no number', ['abc']],
  ])('is refused with %s', async (_, ids) => {
    expect((await read(ids)).status).toBe(400)
  })

  it('of associations gives 500 of an object at once, and an error for one that has none', async () => {
    await start({ contacts: 600, deals: 40 })
    const [crowded] = inUse('deal')
    const path = '/crm/v4/associations/deals/contacts/batch/read'
    const first = await post(path, { inputs: [{ id: crowded!.id }, { id: '7' }] })
    const [result] = first.body.results as unknown as { to: object[]; paging: { next: { after: string } } }[]
    const rest = await post(path, { inputs: [{ id: crowded!.id, after: result!.paging.next.after }] })
    const [more] = rest.body.results as unknown as { to: object[]; paging?: object }[]
    expect([first.status, result!.to.length, more!.to.length > 0, more!.paging]).toEqual([207, 500, true, undefined])
    expect(first.body.errors).toMatchObject([
      { subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', message: 'No contact is associated with deal 7.' },
    ])
  })
})

describe('what is done to objects', () => {
  beforeAll(() => start())

  it('by DELETE archives them, without a change of their time', async () => {
    const [one] = inUse('contact')
    expect((await ask(`/crm/v3/objects/contacts/${one!.id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await ask(`/crm/v3/objects/contacts/${one!.id}`)).status).toBe(404)
    const { body } = await ask(`/crm/v3/objects/contacts/${one!.id}?archived=true`)
    expect(body).toMatchObject({ archived: true, archivedAt: new Date(NOW).toISOString() })
    const { lastmodifieddate } = truth('contact').find(({ id }) => id === one!.id)!.properties
    expect(lastmodifieddate).toBe(one!.properties.lastmodifieddate)
  })

  it('by a merge makes a new one, to which both ids lead and which has what belonged to either', async () => {
    const [one, two] = inUse('company')
    sandbox.mutate.associate({ resource: 'company', id: two!.id }, { resource: 'contact', id: inUse('contact')[0]!.id })
    const path = '/crm/v3/objects/companies/merge'
    const { status, body } = await post(path, { primaryObjectId: one!.id, objectIdToMerge: two!.id })
    const { id, properties } = body as unknown as Shown
    expect([status, [one!.id, two!.id].includes(id), properties.name]).toEqual([200, false, one!.properties.name])
    for (const old of [one!.id, two!.id])
      expect((await ask(`/crm/v3/objects/companies/${old}`)).body).toMatchObject({ id })
    expect(sandbox.deleted('company')).toEqual([one!.id, two!.id])
    const merged = truth('company').find((company) => company.id === id)!
    expect(merged.properties.hs_merged_object_ids).toBe(`${one!.id};${two!.id}`)
    const links = await post('/crm/v4/associations/companies/contacts/batch/read', { inputs: [{ id }] })
    expect(links.body.results).toHaveLength(1)
    expect((await post(path, { primaryObjectId: id, objectIdToMerge: one!.id })).status).toBe(404)
    expect((await post(path, { primaryObjectId: id, objectIdToMerge: id })).status).toBe(400)
  })

  it('behind the back moves their time, and refuses what is not there', () => {
    const [one] = inUse('deal')
    sandbox.clock.advance(HOUR)
    const at = new Date(NOW + HOUR).toISOString()
    expect(sandbox.mutate.update('deal', one!.id, { amount: '5' })).toMatchObject({
      updatedAt: at,
      properties: { amount: '5', hs_lastmodifieddate: at, dealname: one!.properties.dealname },
    })
    expect(() => sandbox.mutate.update('deal', '7', {})).toThrow('there is no object 7')
    expect(() => sandbox.mutate.create('widget')).toThrow('there is no resource "widget"; there are contact, company')
    const company = { resource: 'company', id: inUse('company')[0]!.id }
    expect(() => sandbox.mutate.associate(company, company)).toThrow('a company has no association with a company')
  })
})

describe('a refusal', () => {
  beforeAll(() => start())

  it('is in the words of HubSpot', async () => {
    const path = '/crm/v3/objects/deals'
    expect(await ask(path, { token: 'wrong' })).toMatchObject({
      status: 401,
      body: { status: 'error', category: 'INVALID_AUTHENTICATION', correlationId: expect.any(String) },
    })
    sandbox.settings.scopes = ['crm.objects.contacts.read']
    expect(await ask(path)).toMatchObject({
      status: 403,
      body: {
        category: 'MISSING_SCOPES',
        errors: [{ context: { requiredGranularScopes: ['crm.objects.deals.read'] } }],
      },
    })
    sandbox.settings.dayUsedUp = true
    expect(await ask(path)).toMatchObject({
      status: 429,
      body: { message: 'You have reached your daily limit.', policyName: 'DAILY', errorType: 'RATE_LIMIT' },
    })
    sandbox.settings.dayUsedUp = false
    for (const unknown of ['/crm/v3/objects/widgets', '/crm/v3/properties/widgets', '/crm/v9/objects', '/'])
      expect((await ask(unknown)).status).toBe(404)
  })

  it('by a switch of the kit names the limit that was hit', async () => {
    Object.assign(sandbox.faults, { tooManyRequests: 1 })
    const list = await ask('/crm/v3/objects/contacts')
    expect(list.body).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' })
    expect(list.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000')
    const found = await search({})
    expect(found.body).toMatchObject({ message: 'You have reached your secondly limit.', policyName: 'SECONDLY' })
    expect(found.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBeNull()
    Object.assign(sandbox.faults, { tooManyRequests: 0, serverErrors: 1 })
    expect(await ask('/account-info/v3/details')).toMatchObject({ status: 500, body: { status: 'error' } })
    Object.assign(sandbox.faults, { serverErrors: 0 })
  })
})

describe('the official SDK', () => {
  it('reads contacts, their properties and what they belong to', async () => {
    await start()
    const client = new Client({ accessToken: 'tributary_demo_token', basePath: sandbox.url })
    const contacts = await client.crm.contacts.getAll(25)
    expect(contacts.map(({ id }) => id)).toEqual(inUse('contact').map(({ id }) => id))
    const { results } = await client.crm.properties.coreApi.getAll('contacts')
    expect(results.map(({ name }) => name).toSorted()).toEqual(Object.keys(truth('contact')[0]!.properties).toSorted())
    const inputs = contacts.map(({ id }) => ({ id }))
    const links = await client.crm.associations.v4.batchApi.getPage('contacts', 'companies', { inputs })
    expect(links.results.length).toBeGreaterThan(20)
  })
})
