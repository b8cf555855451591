/**
 * What every connector passes, our own and external ones: it is declared as it behaves, its lists end and never repeat, its
 * objects are the source's, its records are of their models, and its errors say what the engine needs and nothing secret.
 */
import { compileSchema, type Resource } from '@tributary/sdk'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { mapRecords } from '../engine/map-records.ts'
import { resourceProblems } from './check-connector.ts'
import { canonical, everything, readPages, startBench, toWhole, type Bench } from './contract-bench.ts'
import { testInEngine } from './contract-engine.ts'
import { testNetwork } from './contract-network.ts'
import { testRefusals } from './contract-refusals.ts'
import { findBlanks } from './find-blanks.ts'
import type { Registry } from './registry.ts'

/** Registers the tests of one connector over its sandbox; to be awaited at the top of a test file. */
export async function describeContract(registry: Registry, type: string): Promise<void> {
  const bench = await startBench(registry.getConnector(type))
  describe(`the connector ${type}`, () => {
    afterEach(() => bench.closeOpened())
    afterAll(() => bench.sandbox.close())
    testDeclarations(registry, bench)
    describe.each([...bench.sandbox.resources])('%s', (name) => {
      testResource(bench, name)
    })
    if (bench.http) testNetwork(bench, bench.http)
  })
}

function testDeclarations(registry: Registry, { entry, resources, sandbox, open }: Bench) {
  const { type, capabilities, events } = entry.manifest

  test('can do what it declares, and declares what it can do', () => {
    const adapter = open()
    const writes = capabilities.some((capability) => ['write', 'delete', 'batch'].includes(capability))
    expect({ read: 'read' in adapter, write: 'write' in adapter, webhook: 'webhook' in entry.connector }).toEqual({
      read: capabilities.includes('read'),
      write: writes,
      webhook: capabilities.includes('webhook'),
    })
  })

  test('has no blank left to fill in', async () => {
    expect(await findBlanks(entry.dir)).toEqual([])
  })

  test('has a sandbox that holds all its resources', () => {
    expect([...sandbox.resources].toSorted()).toEqual([...resources.keys()].toSorted())
  })

  test('has one way to the model of each resource, and no mapper that is never used', () => {
    const all = [...resources.values()]
    expect(all.flatMap((resource) => resourceProblems(resource, entry.connector))).toEqual([])
    const mapped = all.filter(({ model }) => model).map(({ name }) => name)
    expect(Object.keys(entry.connector.map ?? {}).filter((name) => !mapped.includes(name))).toEqual([])
  })

  test('has a schema for each event type, that a strict validator takes', () => {
    const schemas = events.map(({ eventType }) => registry.eventSchema(type, eventType))
    expect(schemas.filter((schema) => !schema)).toEqual([])
    const distinct = new Set(schemas.map((schema) => JSON.stringify(schema)))
    expect(() => [...distinct].map((schema) => compileSchema(JSON.parse(schema) as object))).not.toThrow()
  })

  test('tells whose account it is', async () => {
    expect(await open().testConnection()).toMatchObject(sandbox.account)
  })
}

function testResource(bench: Bench, name: string) {
  const { entry, sandbox, open } = bench
  const resource = bench.resources.get(name)!
  const truth = async () => (await sandbox.truth(name)).map(canonical).toSorted()
  const readAll = async () => (await readPages(bench, resource, resource.pageSize)).flatMap((page) => page.items)

  test('is read to its end in several pages, each object once and as the source has it', async () => {
    const expected = await truth()
    const pages = await readPages(bench, resource, Math.max(1, Math.floor(expected.length / 4)))
    const items = pages.flatMap((page) => page.items)
    expect(pages.length).toBeGreaterThan(1)
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    expect(items.filter((item) => item.resource !== name || item.id === '')).toEqual([])
    expect((await toWhole(bench, resource, items)).map(({ payload }) => canonical(payload)).toSorted()).toEqual(
      expected,
    )
  })

  test('gives the exact text of an object where it gives one', async () => {
    const texts = (await readAll()).filter(({ raw }) => raw !== undefined)
    expect(texts.filter(({ raw, payload }) => canonical(JSON.parse(raw!)) !== canonical(payload))).toEqual([])
  })

  test('goes into its model, every object of it', async () => {
    const account = await open().testConnection()
    const items = await toWhole(bench, resource, await readAll())
    const mapped = items.map(({ id, payload }) => mapRecords(entry, account, resource, { id, payload: payload! }))
    expect(mapped.flatMap((result) => (result.ok ? [] : [result.reason]))).toEqual([])
    expect(mapped.some((result) => result.ok && result.records.length > 0)).toBe(resource.model !== undefined)
  })

  test('answers what it was last read as with nothing, where it names its content', async () => {
    const request = { resource, scan: 'full', limit: 1, window: everything(resource) } as const
    const { revision } = await open().read!(request)
    const page = await open().read!({ ...request, revision })
    expect(page.items.length === 0 && page.revision === revision).toBe(revision !== undefined)
  })

  testInEngine(bench, resource)
  if (resource.model) testRefusals(bench, resource)
  if (resource.full.by === 'time') testWindows(bench, resource)
  if ('get' in open()) testGet(bench, resource)
}

function testWindows(bench: Bench, resource: Resource) {
  test('misses nothing where a window ends and the next begins', async () => {
    const pages = await readPages(bench, resource, 1)
    const cut = pages[Math.floor(pages.length / 2)]!.reached!
    const before = await readPages(bench, resource, 100, { to: cut })
    const after = await readPages(bench, resource, 100, { ...everything(resource)!, from: cut })
    const ids = [...before, ...after].flatMap((page) => page.items.map(({ id }) => id))
    expect([...new Set(ids)].toSorted()).toEqual(pages.flatMap((page) => page.items.map(({ id }) => id)).toSorted())
  })
}

function testGet(bench: Bench, resource: Resource) {
  test('is got by id, whole; and what is not there is not answered', async () => {
    const [first] = (await readPages(bench, resource, 1)).flatMap((page) => page.items)
    const got = await bench.open().get!(resource, [first!.id])
    expect(got).toHaveLength(1)
    expect(got[0]).toMatchObject({ resource: resource.name, id: first!.id })
    expect((await bench.sandbox.truth(resource.name)).map(canonical)).toContain(canonical(got[0]!.payload))
    expect(await bench.open().get!(resource, [`${first!.id}_none`])).toEqual([])
  })
}
