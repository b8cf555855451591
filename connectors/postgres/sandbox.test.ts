import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { databaseUrl } from '../../stack/test-database.ts'
import sandboxes from './sandbox.ts'

const newUrl = () => databaseUrl(inject('postgresUrl'), `sandbox "${randomBytes(8).toString('hex')}"`)

async function start(postgresUrl = newUrl(), options: { seed?: number; now?: number } = {}) {
  const counts = { customers: 12, orders: 90, readings: 12, items: 12 }
  const sandbox = await sandboxes.start({ postgresUrl, counts, ...options })
  onTestFinished(() => sandbox.close())
  return sandbox
}

test('is a database with a key of two columns, rows of one time, and ids beyond what a double holds', async () => {
  const sandbox = await start()
  const orders = (await sandbox.truth('public.orders')) as { customer_id: string; updated_at: string }[]
  expect(new Set(orders.map(({ updated_at }) => updated_at)).size).toBe(3)
  expect(orders.every(({ customer_id }) => BigInt(customer_id) > 2n ** 53n)).toBe(true)
})

test('is the same at each start, in the same database; and another for another seed', async () => {
  const url = newUrl()
  const first = await start(url)
  const [before] = await first.truth('public.customers')
  await first.mutate.remove('public.customers', (before as { id: string }).id)
  const second = await start(url)
  expect(second.account).toEqual(first.account)
  expect((await second.truth('public.customers'))[0]).toEqual(before)
  expect((await start(newUrl(), { seed: 2 })).account).not.toEqual(first.account)
  expect((await (await start(newUrl(), { seed: 2 })).truth('public.customers'))[0]).not.toEqual(before)
})

test('takes no database that it has not made', async () => {
  const url = newUrl()
  const server = postgres(inject('postgresUrl'), { max: 1 })
  await server`create database ${server(decodeURIComponent(new URL(url).pathname.slice(1)))}`
  await server.end()
  await expect(start(url)).rejects.toThrow('was not made by a sandbox; name one that is not there yet')
})

test('changes as its people change it, at the time of its clock', async () => {
  const sandbox = await start(newUrl(), { now: Date.UTC(2026, 0, 31, 10) })
  const made = await sandbox.mutate.create('public.orders', { total: '9999999999.99' })
  expect(made).toMatchObject({ number: 90, total: '9999999999.99', updated_at: '2026-01-31T10:00:00+00:00' })
  sandbox.clock.advance(1500)
  const id = '["9007199254740993","0"]'
  const changed = await sandbox.mutate.update('public.orders', id, { status: 'paid' })
  expect(changed).toMatchObject({ number: 0, status: 'paid', updated_at: '2026-01-31T10:00:01.5+00:00' })
  expect(await sandbox.truth('public.orders')).toEqual(expect.arrayContaining([made, changed]))
  await sandbox.mutate.remove('public.orders', id)
  expect(await sandbox.truth('public.orders')).not.toContainEqual(changed)
  expect([await sandbox.deleted('public.orders'), await sandbox.deleted('public.kinds')]).toEqual([[id], []])
})

test.each(['public.kinds', 'public.readings', 'sales.order_items_f756f46b', 'public.customers'])(
  'makes a plausible new row in %s each time it is asked to',
  async (resource) => {
    const sandbox = await start()
    const before = (await sandbox.truth(resource)).length
    for (let n = 0; n < 3; n++) await sandbox.mutate.create(resource)
    expect(await sandbox.truth(resource)).toHaveLength(before + 3)
  },
)

test('says what is not there, and what cannot be made', async () => {
  const { mutate, truth } = await start()
  await expect(mutate.update('public.orders', '["1","1"]', {})).rejects.toThrow('there is no public.orders ["1","1"]')
  await expect(mutate.remove('public.kinds', 'x')).rejects.toThrow('there is no public.kinds x')
  await expect(mutate.create('public.order_totals')).rejects.toThrow('public.order_totals is a view')
  await expect(truth('public.log')).rejects.toThrow('there is no resource public.log')
})
