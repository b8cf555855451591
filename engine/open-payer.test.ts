import { pino } from 'pino'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector, type Account, type RateLimit } from '@tributary/sdk'
import { manifestSchema } from '@tributary/sdk/manifest'
import type { Budget, Payer } from './budget.ts'
import type { EngineDeps } from './deps.ts'
import { openAdapter, type AdapterInput } from './open.ts'

const manifest = manifestSchema.parse({
  ...{ type: 'asker', name: 'Asker', description: 'For this test', version: '1.0.0', schemaVersion: '1.0.0' },
  ...{ direction: 'inbound', capabilities: ['read'], credentialSchema: {}, resources: [], events: [] },
  rateLimits: [{ per: 'account', requests: 100, seconds: 1 }],
})
const connector = defineConnector({
  config: z.strictObject({}),
  open: ({ fetch }) => ({ testConnection: () => fetch('https://api.example.com/me') as Promise<never> }),
})

/** In whose name, and within which limits, the budget is asked. */
async function payerOf(input: Partial<AdapterInput>, priority: Payer['priority'] = 'live'): Promise<Payer> {
  const asked: Payer[] = []
  const budget: Budget = {
    take: (payer) => (asked.push(payer), Promise.reject(new Error('no room'))),
    pause: async () => {},
  }
  const getConnector = () => ({ manifest, connector, dir: '', configSchema: {} })
  const deps = { budget, registry: { getConnector }, log: pino({ level: 'silent' }) } as unknown as EngineDeps
  const all = { connector: 'asker', config: {}, credentials: { token: 'one' }, ...input }
  const { adapter } = openAdapter(deps, all, { signal: new AbortController().signal, priority })
  await expect(adapter.testConnection()).rejects.toThrow('no room')
  return asked[0]!
}

const account = (over: Partial<Account> = {}): Account => ({ id: 'acct_1', mode: 'live', ...over })

test('Requests go out in the name of the connection, as soon as whoever opened it needs them', async () => {
  expect(await payerOf({ connection_id: 'c1' }, 'backfill')).toMatchObject({ connection: 'c1', priority: 'backfill' })
  expect(await payerOf({}, 'live')).toMatchObject({ connection: '', priority: 'live' })
})

test('The limits are the manifest’s, or the account’s own', async () => {
  const rateLimits: RateLimit[] = [{ per: 'account', inFlight: 3 }]
  expect((await payerOf({ account: account() })).limits).toEqual(manifest.rateLimits)
  expect((await payerOf({ account: account({ rateLimits }) })).limits).toEqual(rateLimits)
})

test('Who pays is the account, by whatever connection and credentials; before it is known, the credentials', async () => {
  const { key } = await payerOf({ account: account() })
  expect((await payerOf({ account: account(), credentials: { token: 'two' }, connection_id: 'c2' })).key).toBe(key)
  expect((await payerOf({ account: account({ mode: 'test' }) })).key).not.toBe(key)
  expect((await payerOf({ account: account({ id: 'acct_2' }) })).key).not.toBe(key)
  expect((await payerOf({})).key).not.toBe((await payerOf({ credentials: { token: 'two' } })).key)
})
