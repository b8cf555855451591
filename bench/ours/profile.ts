/**
 * Where the time of one object goes: each step of its way by itself, over the same objects, one after the other.
 */
import { PgDialect } from 'drizzle-orm/pg-core'
import type { SQL } from 'drizzle-orm'
import { jsonItems, type Adapter, type Change } from '@tributary/sdk'
import { models } from '@tributary/sdk/models'
import { endpointOf } from '../../connectors/stripe/endpoints.ts'
import { toChange } from '../../connectors/stripe/pages.ts'
import { upsertEntities, type EntityWrite } from '../../db/entities.ts'
import { upsertRecords, type RecordWrite } from '../../db/records.ts'
import { asWorker, inOrg, type Tx } from '../../db/tenancy.ts'
import { apply } from '../../engine/apply.ts'
import { mapRecords, unifiedId } from '../../engine/map-records.ts'
import { toItem, type Item } from '../../engine/news.ts'
import { BATCH, type Load } from './loads.ts'

/** CPU and elapsed microseconds. */
type Time = { cpu: number; elapsed: number }
export type Profile = { resource: string; objects: number; steps: Record<string, Time> }

const dialect = new PgDialect()

export async function profile(adapter: Adapter, load: Load): Promise<Profile> {
  const { items, target } = load
  const steps: Profile['steps'] = {}
  // Twice, the first time for the compiler.
  for (const _ of [1, 2]) {
    const reading = await timed(() => readAll(adapter, load))
    steps.parse = await timed(() => parseAll(load))
    steps.fetch = less(reading, steps.parse)
    steps.hash = await timed(() => hashAll(load))
    steps.map = await timed(() => mapAll(load))
    steps.validate = less(await timed(() => recordsOf(load)), steps.map)
    const records = recordsOf(load)
    steps['unified id'] = await timed(() => idsOf(load, records))
    steps.serialise = await timed(() => serialiseAll(load, records))
  }
  const statements = new Map<string, number>()
  const applying = await timed(() => applyTimed(load, statements))
  const counted = ['map', 'validate', 'unified id', 'serialise'].map((name) => steps[name]!)
  steps['driver, decide and the rest of apply'] = { ...counted.reduce(less, applying), elapsed: 0 }
  for (const [name, elapsed] of statements) steps[`statement: ${name}`] = { cpu: 0, elapsed }
  return { resource: target.resource.name, objects: items.length, steps }
}

const less = (a: Time, b: Time): Time => ({ cpu: a.cpu - b.cpu, elapsed: a.elapsed - b.elapsed })

async function timed(work: () => unknown): Promise<Time> {
  const [cpu, begin] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: user + system, elapsed: 1000 * (performance.now() - begin) }
}

async function readAll(adapter: Adapter, { target: { resource } }: Load): Promise<void> {
  for (let after: string | undefined, more = true; more;) {
    const page = await adapter.read!({ resource, scan: 'full', limit: 100, ...(after && { after }) })
    more = page.more
    after = page.next as string
  }
}

const pagesOf = (items: Item[]) =>
  Array.from({ length: Math.ceil(items.length / 100) }, (_, page) => items.slice(page * 100, page * 100 + 100))

function parseAll({ items, target: { resource } }: Load): void {
  const endpoint = endpointOf(resource.name)
  for (const page of pagesOf(items)) {
    const text = `{"object":"list","data":[${page.map(({ raw }) => raw).join()}],"has_more":true,"url":"/v1"}`
    for (const item of jsonItems(text, 'data').items) toChange(resource.name, endpoint, item)
  }
}

function hashAll({ items, target: { resource } }: Load): void {
  for (const { id, payload, raw, version } of items) {
    const change: Change = { resource: resource.name, id, payload, raw }
    toItem(resource, change, { origin: 'read', version })
  }
}

function mapAll({ items, target: { entry, account, resource } }: Load): void {
  for (const { payload } of items) entry.connector.map![resource.name]!.toUnified(payload!, account, resource)
}

function recordsOf({ items, target: { entry, account, resource } }: Load) {
  return items.flatMap(({ id, payload }) => {
    const mapped = mapRecords(entry, account, resource, { id, payload: payload! })
    return mapped.ok ? mapped.records.map((record) => ({ id, record })) : []
  })
}

function idsOf({ target: { key, resource } }: Load, records: ReturnType<typeof recordsOf>): void {
  for (const { record } of records) unifiedId({ ...key, resource: resource.name }, record)
}

/** Statements as they would be sent, to nobody. */
const nobody = { execute: (query: SQL) => Promise.resolve((dialect.sqlToQuery(query), [])) } as unknown as Tx

async function serialiseAll({ items, target }: Load, records: ReturnType<typeof recordsOf>): Promise<void> {
  const { key, resource, entry } = target
  const at = { ...key, resource: resource.name, collection_key: '', source_system: entry.manifest.type }
  for (let from = 0; from < items.length; from += BATCH) {
    await upsertEntities(nobody, at, items.slice(from, from + BATCH).map(toWrite))
    const rows = records.slice(from, from + BATCH)
    if (resource.model) await upsertRecords(nobody, at, resource.model, rows.map(toRecordWrite))
  }
}

const toWrite = ({ id, raw, hash, version }: Item): EntityWrite => ({
  ...{ external_id: id, raw_payload: raw, hash, version, rank: 4, archived_at: null, deleted_at: null },
  ...{ deletion_confidence: null, sanitized: false },
})

const toRecordWrite = ({ id, record }: ReturnType<typeof recordsOf>[number]): RecordWrite => ({
  ...{ unified_id: '00000000-0000-5000-8000-' + '0'.repeat(12), external_id: id, archived_at: null, record },
})

/** One transaction after the other, with what each statement took as the client sees it. */
async function applyTimed({ db, items, target }: Load, statements: Map<string, number>): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = items.slice(from, from + BATCH)
    const seen = { generation: 1, sent_at: batch[0]!.version }
    await inOrg(db, asWorker(target.key.org_id), (tx) =>
      apply(watched(tx, statements), { ...target, seen, items: batch }),
    )
  }
}

function watched(tx: Tx, statements: Map<string, number>): Tx {
  const execute = async (query: SQL) => {
    const name = nameOf(dialect.sqlToQuery(query).sql)
    const begin = performance.now()
    const rows = await tx.execute(query)
    statements.set(name, (statements.get(name) ?? 0) + 1000 * (performance.now() - begin))
    return rows
  }
  return new Proxy(tx, {
    get: (target, name, self) => (name === 'execute' ? execute : Reflect.get(target, name, self)),
  })
}

const TABLES = new Set(Object.values(models).map(({ table }) => table))

function nameOf(text: string): string {
  const [, verb, table] = /(insert into|update|delete from|from) "?(\w+)"?/.exec(text.trim()) ?? []
  return `${verb === 'from' ? 'select' : verb} ${TABLES.has(table ?? '') ? 'records' : table}`
}
