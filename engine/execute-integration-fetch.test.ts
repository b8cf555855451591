import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineConnector, defineResource, type Adapter, type Resource } from '@tributary/sdk'
import { manifestSchema } from '@tributary/sdk/manifest'
import type { Entry, Registry } from '../connectors/registry.ts'
import { createClient, type Client } from '../db/client.ts'
import { insertConnection } from '../db/connections.ts'
import { saveConnectors } from '../db/connectors.ts'
import { createOrg } from '../db/orgs.ts'
import { inOrg, type Tenant } from '../db/tenancy.ts'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createBudget } from './budget.ts'
import type { EngineDeps } from './deps.ts'
import { cachedIntegrationFetch, executeIntegrationFetch } from './execute-integration-fetch.ts'
import { createOutbound } from './guarded-fetch.ts'
import { parseKeyring } from './keyring.ts'
import { systemTime } from './time.ts'

const kept = defineResource({ name: 'kept', collectionKey: 'x_kept', full: { by: 'pages' }, cacheTtlSeconds: 60 })
const fleeting = defineResource({
  name: 'fleeting',
  collectionKey: 'x_fleeting',
  full: { by: 'time', field: 'at' },
  cacheTtlSeconds: 0,
})
const found = defineResource({ name: 'found', collectionKey: 'x_found', full: { by: 'pages' }, shape: 'events' })
const RAW = '{"id":1,"big":9007199254740993}'

const read = vi.fn<NonNullable<Adapter['read']>>(async ({ resource }) => ({
  items: [1, 2, 3].map((n) => ({ resource: resource.name, id: String(n), payload: JSON.parse(RAW), raw: RAW })),
  more: false,
}))
const close = vi.fn(async () => {})
const discover = vi.fn(async (): Promise<Resource[]> => [found])

let database: TestDatabase
let client: Client
let deps: EngineDeps
let tenant: Tenant
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.appUrl, { max: 2 })
  const { org_id } = await createOrg(database.adminUrl, { name: 'Acme' })
  tenant = { org_id, role: 'viewer' }
  const reader = entryOf('reader', ['read'], { read, discover, close })
  deps = depsOf([reader, entryOf('writer', ['write'], { close })])
  for (const { manifest } of deps.registry.all()) {
    const { type, name, description, direction, version, schemaVersion, capabilities, status } = manifest
    const row = { type, name, description, direction, version, schema_version: schemaVersion, capabilities, status }
    await saveConnectors(client.db, [{ ...row, icon_url: null, documentation_url: null }])
  }
})
afterAll(async () => {
  await client.close()
  await database.drop()
})

function entryOf(type: string, capabilities: ('read' | 'write')[], adapter: Partial<Adapter>): Entry {
  const connector = defineConnector({
    config: z.strictObject({}),
    open: () => ({ testConnection: async () => ({ id: 'x', mode: 'test' as const }), ...adapter }),
  })
  const manifest = manifestSchema.parse({
    ...{ type, name: type, description: 'For this test', version: '1.0.0', schemaVersion: '1.0.0' },
    ...{
      direction: 'bidirectional',
      capabilities,
      credentialSchema: {},
      resources: [kept, fleeting],
      events: [],
      rateLimits: [],
    },
  })
  return { manifest, connector, dir: '', configSchema: {} }
}

function depsOf(entries: Entry[]): EngineDeps {
  const registry: Registry = {
    all: () => entries,
    getConnector: (type) => entries.find(({ manifest }) => manifest.type === type)!,
    eventSchema: () => undefined,
  }
  const keyring = parseKeyring(`k:${Buffer.alloc(32).toString('base64')}`)
  return {
    ...{ db: client.db, registry, keyring },
    ...{
      budget: createBudget({ db: client.db, keyring }),
      outbound: createOutbound({ allowPrivate: false }),
      time: systemTime,
      allowPrivateTargets: false,
    },
    log: pino({ level: 'silent' }),
  }
}

async function connect(connector: string): Promise<string> {
  const id = randomUUID()
  const account = { id: 'x', mode: 'test' as const }
  const shown = { name: connector, app_key: id, config: {}, created_by: 'test', supported_events: [] }
  const none = { last_validated_at: null, sync_from: null, schedule_seconds: null }
  await inOrg(client.db, { ...tenant, role: 'owner' }, (tx) =>
    insertConnection(tx, { org_id: tenant.org_id, id, connector, account, ...shown, ...none }),
  )
  return id
}

test('a page is read with its exact text, at most as long as was asked for', async () => {
  const connection_id = await connect('reader')
  close.mockClear()
  const live = await executeIntegrationFetch(deps, { tenant, connection_id, resource: 'kept', limit: 2 })
  expect(live).toMatchObject({ resource: 'kept', shape: 'table', rows: [RAW, RAW], more: true })
  expect(live.columns).toEqual([
    { name: 'id', type: 'integer' },
    { name: 'big', type: 'integer' },
  ])
  expect(close).toHaveBeenCalledOnce()
})

test('a list by time is given a window without an end that anybody would notice', async () => {
  const connection_id = await connect('reader')
  await executeIntegrationFetch(deps, { tenant, connection_id, resource: 'fleeting', limit: 1 })
  const { window } = read.mock.lastCall![0]
  expect(window!.from).toBeUndefined()
  expect(Date.parse(window!.to)).toBeGreaterThan(Date.now())
})

test('the source is asked for its resources only where the manifest has none of that name', async () => {
  const connection_id = await connect('reader')
  discover.mockClear()
  await executeIntegrationFetch(deps, { tenant, connection_id, resource: 'kept', limit: 1 })
  expect(discover).not.toHaveBeenCalled()
  const live = await executeIntegrationFetch(deps, { tenant, connection_id, resource: 'found', limit: 1 })
  expect([live.shape, live.columns]).toEqual(['events', []])
  expect(discover).toHaveBeenCalledOnce()
})

test('a connector that cannot read refuses, and says what it can', async () => {
  const connection_id = await connect('writer')
  const asking = executeIntegrationFetch(deps, { tenant, connection_id, resource: 'kept', limit: 1 })
  await expect(asking).rejects.toMatchObject({ code: 'unsupported', message: 'writer cannot read; it can write' })
})

test('a connection of another org is not there', async () => {
  const connection_id = await connect('reader')
  const stranger: Tenant = { org_id: randomUUID(), role: 'owner' }
  const asking = executeIntegrationFetch(deps, { tenant: stranger, connection_id, resource: 'kept', limit: 1 })
  await expect(asking).rejects.toMatchObject({ code: 'not_found' })
})

test('the cache keeps a read for as long as its resource says, apart by settings', async () => {
  const connection_id = await connect('reader')
  const fetchCached = cachedIntegrationFetch(deps)
  const ask = (resource: string, settings = '') => fetchCached({ tenant, connection_id, resource, limit: 1, settings })
  read.mockClear()
  await Promise.all([ask('kept'), ask('kept'), ask('kept')])
  await ask('kept')
  expect(read).toHaveBeenCalledTimes(1)
  await ask('kept', 'changed')
  expect(read).toHaveBeenCalledTimes(2)
  await ask('fleeting')
  await vi.waitFor(async () => {
    await ask('fleeting')
    expect(read.mock.calls.length).toBeGreaterThanOrEqual(4)
  })
})

test('an error is given to all who wait, and not kept', async () => {
  const connection_id = await connect('reader')
  const fetchCached = cachedIntegrationFetch(deps)
  const ask = () => fetchCached({ tenant, connection_id, resource: 'kept', limit: 3, settings: '' })
  read.mockRejectedValueOnce(new TypeError('the mapper is broken'))
  const results = await Promise.allSettled([ask(), ask()])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect((await ask()).rows).toHaveLength(3)
})
