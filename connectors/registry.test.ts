import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isConnectorError } from '@tributary/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { getConnectorByAppKey, loadRegistry, type RegistryOptions } from './registry.ts'

let base: string
beforeEach(() => void (base = mkdtempSync(join(tmpdir(), 'registry '))))
afterEach(() => rmSync(base, { recursive: true }))

function write(files: Record<string, unknown>) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

const manifest = (type: string, more: object = {}) => ({
  type,
  name: 'Acme',
  description: 'Invented',
  version: '1.0.0',
  schemaVersion: '1.0.0',
  direction: 'inbound',
  capabilities: ['read'],
  credentialSchema: {},
  resources: [],
  events: [],
  rateLimits: [],
  ...more,
})
const customers = { name: 'customer', collectionKey: 'acme_customer', full: { by: 'pages' }, model: 'customer' }

/** As a package that was installed with its own copy of zod and the SDK: its schema is only shaped like one of zod. */
const plainCode = `
  const config = { _zod: { def: { type: 'object', shape: {} }, parent: undefined }, safeParse: (data) => ({ success: true, data }) }
  export default { config, open: () => ({ testConnection: async () => ({ id: 'acme', mode: 'live' }) }) }`
const typedCode = (rest = '') => `
  import { defineConnector } from '${join(import.meta.dirname, '../sdk/index.ts')}'
  import { z } from '${join(import.meta.dirname, '../node_modules/zod/index.js')}'
  const places = { eu: 1, us: 2 } satisfies Record<string, number>
  export default defineConnector({
    config: z.strictObject({ place: z.enum(['eu', 'us']).default('eu').describe('Where') }),
    open: () => ({ testConnection: async () => ({ id: String(places.eu), mode: 'live' }) }),
    ${rest}
  })`

const load = (options: RegistryOptions = {}) => {
  mkdirSync(join(base, 'connectors'), { recursive: true })
  return loadRegistry({ base, ownRoot: join(base, 'connectors'), config: { connectors: {} }, ...options })
}

test('loads the connectors of this repository as tributary.config.ts says', async () => {
  const registry = await loadRegistry()
  const types = registry.all().map((entry) => entry.manifest.type)
  expect(types).toContain('csv')
  expect(types).toEqual(types.toSorted())
})

test('loads our own folder, an external folder and an npm package the same way', async () => {
  write({
    'connectors/acme/manifest.json': manifest('acme'),
    'connectors/acme/index.ts': typedCode(),
    'elsewhere/helpdesk/manifest.json': manifest('helpdesk', {
      resources: [{ ...customers, mapping: { email: '/mail' } }],
    }),
    'elsewhere/helpdesk/index.ts': typedCode(),
    'node_modules/@example/ledger/package.json': {
      name: '@example/ledger',
      type: 'module',
      exports: { '.': { import: './dist/main.js' } },
    },
    'node_modules/@example/ledger/manifest.json': manifest('ledger'),
    'node_modules/@example/ledger/dist/main.js': plainCode,
  })
  const registry = await load({ config: { connectors: { external: ['./elsewhere/helpdesk', '@example/ledger'] } } })
  expect(registry.all().map((entry) => entry.manifest.type)).toEqual(['acme', 'helpdesk', 'ledger'])
  expect(registry.getConnector('ledger').dir).toBe(join(base, 'node_modules/@example/ledger'))
  expect(registry.getConnector('helpdesk').manifest.resources[0]).toMatchObject({ pageSize: 100, cacheTtlSeconds: 30 })
  for (const { connector } of registry.all()) {
    const adapter = connector.open({} as never)
    await expect(adapter.testConnection()).resolves.toMatchObject({ mode: 'live' })
  }
})

test('shows what a config may be as JSON Schema, with what can be left out left out', async () => {
  write({ 'connectors/acme/manifest.json': manifest('acme'), 'connectors/acme/index.ts': typedCode() })
  const { configSchema } = (await load()).getConnector('acme')
  expect(configSchema).toMatchObject({
    type: 'object',
    properties: { place: { enum: ['eu', 'us'], default: 'eu', description: 'Where' } },
    additionalProperties: false,
  })
  expect(configSchema).not.toHaveProperty('required')
})

test('has only the enabled ones of our own', async () => {
  for (const type of ['acme', 'bravo']) {
    write({ [`connectors/${type}/manifest.json`]: manifest(type), [`connectors/${type}/index.ts`]: typedCode() })
  }
  const registry = await load({ config: { connectors: { enabled: ['bravo'] } } })
  expect(registry.all().map((entry) => entry.manifest.type)).toEqual(['bravo'])
})

test('does not look at folders without a manifest, nor load those that are not enabled', async () => {
  write({ 'connectors/fixtures/index.ts': 'throw new Error("loaded")', 'connectors/off/manifest.json': '{' })
  expect((await load({ config: { connectors: { enabled: [] } } })).all()).toEqual([])
})

test('names the known types when asked for an unknown one', async () => {
  write({ 'connectors/acme/manifest.json': manifest('acme'), 'connectors/acme/index.ts': typedCode() })
  const registry = await load()
  const error = await Promise.resolve()
    .then(() => registry.getConnector('acmee'))
    .catch((thrown: unknown) => thrown)
  expect(isConnectorError(error) && error.code).toBe('config_invalid')
  expect(String(error)).toContain('no connector "acmee" is enabled; there are acme')
})

test('finds the connector of a connection by its app_key', async () => {
  write({ 'connectors/acme/manifest.json': manifest('acme'), 'connectors/acme/index.ts': typedCode() })
  const registry = await load()
  const lookUp = async (appKey: string) => (appKey === 'billing-eu' ? { connector: 'acme' } : undefined)
  expect((await getConnectorByAppKey(registry, lookUp, 'billing-eu')).manifest.type).toBe('acme')
  await expect(getConnectorByAppKey(registry, lookUp, 'billing-us')).rejects.toThrow(
    'no connection has the app_key "billing-us"',
  )
})

test('gives the schema of an event type, and none for a type that the connector does not declare', async () => {
  const events = [{ eventType: 'thing.made', schemaPath: 'schemas/thing.json' }]
  write({
    'connectors/acme/manifest.json': manifest('acme', { events }),
    'connectors/acme/index.ts': typedCode(),
    'connectors/acme/schemas/thing.json': { type: 'object' },
  })
  const registry = await load()
  expect(registry.eventSchema('acme', 'thing.made')).toEqual({ type: 'object' })
  expect(registry.eventSchema('acme', 'thing.broken')).toBeUndefined()
})

const acme = (manifestMore: object, code = typedCode()) => ({
  'connectors/acme/manifest.json': manifest('acme', manifestMore),
  'connectors/acme/index.ts': code,
})

test.each<[string, Record<string, unknown>, string]>([
  [
    'a field that is wrong',
    acme({ resources: [{ ...customers, pageSize: 0 }] }),
    'connectors/acme: manifest.json: resources.0.pageSize: Too small',
  ],
  [
    'a field that does not exist',
    acme({ colour: 'red' }),
    'connectors/acme: manifest.json: the whole: Unrecognized key: "colour"',
  ],
  [
    'a rate limit that is of neither kind',
    acme({ rateLimits: [{ per: 'account', requests: 10, minutes: 1 }] }),
    'manifest.json: rateLimits.0: must be { per, match?, requests, seconds }, or { per, match?, inFlight }',
  ],
  [
    'a manifest that is no JSON',
    { 'connectors/acme/manifest.json': '{' },
    'connectors/acme: it has a manifest.json and no code',
  ],
  [
    'a manifest that is no JSON beside code',
    { 'connectors/acme/manifest.json': '{', 'connectors/acme/index.ts': typedCode() },
    'connectors/acme/manifest.json: is no JSON; correct it',
  ],
  [
    'a folder that is not named as its type',
    { ...acme({ type: 'acne' }) },
    'manifest.json: type: is "acne"; name the folder so too',
  ],
  [
    'code without a connector',
    acme({}, 'export const x = 1'),
    'index.ts: its default export is no connector; write `export default',
  ],
  [
    'code that throws',
    acme({}, 'throw new Error("out of luck")'),
    'connectors/acme: its code cannot be loaded: Error: out of luck',
  ],
  [
    'a model without a way to it',
    acme({ resources: [customers] }),
    'resources.0 (customer).model: nothing makes a customer of it; add `mapping`, or map.customer in index.ts',
  ],
  [
    'two ways to a model',
    acme({ resources: [{ ...customers, mapping: {} }] }, typedCode('map: { customer: { toUnified: () => [] } }')),
    'mapping: map.customer in index.ts does the same; leave one of them out',
  ],
  [
    'a mapping to a field that the model lacks',
    acme({ resources: [{ ...customers, mapping: { e_mail: '/mail' } }] }),
    'mapping.e_mail: is no field of customer; there are created_at, updated_at, email',
  ],
  [
    'a mapping to no model',
    acme({ resources: [{ ...customers, model: undefined, mapping: { email: '/mail' } }] }),
    'mapping: has no model to map to; add `model`',
  ],
  [
    'a schema that is not there',
    acme({ events: [{ eventType: 'a', schemaPath: 'schemas/a.json' }] }),
    'manifest.json: events.0.schemaPath: schemas/a.json: is not there; add it',
  ],
  [
    'a schema that is no JSON',
    {
      ...acme({ events: [{ eventType: 'a', schemaPath: 'schemas/a.json' }] }),
      'connectors/acme/schemas/a.json': '<a/>',
    },
    'manifest.json: events.0.schemaPath: schemas/a.json: is no JSON; correct it',
  ],
  [
    'a capability that the code lacks',
    acme({ capabilities: ['read', 'webhook'] }),
    'manifest.json: capabilities: "webhook" goes with `webhook` in index.ts; have both or neither',
  ],
])('refuses %s, naming file and field', async (_title, files, message) => {
  write(files)
  await expect(load()).rejects.toThrow(message)
})

test('tells all that is wrong at once', async () => {
  write({
    ...acme({ version: 'one' }),
    'connectors/bravo/manifest.json': manifest('bravo', { resources: [customers] }),
    'connectors/bravo/index.ts': typedCode(),
  })
  const message = String(await load().catch((error: unknown) => error))
  expect(message).toContain('connectors/acme: manifest.json: version: must be a version like 1.0.0')
  expect(message).toContain('connectors/bravo: manifest.json: resources.0 (customer).model')
})

test('refuses two connectors of one type', async () => {
  write({ ...acme({}), 'other/manifest.json': manifest('acme'), 'other/index.ts': typedCode() })
  await expect(load({ config: { connectors: { external: ['./other'] } } })).rejects.toThrow(
    './other: manifest.json: type: "acme" is taken by connectors/acme; change it, or enable one of the two',
  )
})

test.each([
  [{ enabled: ['acme'] }, 'connectors.enabled names "acme"; there are none'],
  [{ external: ['./nowhere'] }, 'connectors.external: "./nowhere" has no manifest.json in'],
  [
    { external: ['@example/none'] },
    '"@example/none" is no installed package; run npm install, or begin a folder with ./',
  ],
])('says what to change in tributary.config.ts for %j', async (connectors, message) => {
  await expect(load({ config: { connectors } })).rejects.toThrow(message)
})
