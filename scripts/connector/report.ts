import type { Account, Payload, Resource } from '@tributary/sdk'
import type { UnifiedRecord } from '@tributary/sdk/models'
import type { Entry } from '../../connectors/registry.ts'
import { mapRecords } from '../../engine/map-records.ts'
import type { Item } from '../../engine/news.ts'
import type { Reading } from './read-resource.ts'
import { findLeftovers, traceObject, type Leftovers, type MapPayload, type Trace } from './trace-paths.ts'

export type Sample = { id: string; raw: Payload; records: UnifiedRecord[]; paths: Trace[] }
/** Objects that one reason keeps out of their model. */
export type Refusal = { reason_code: string; reason: string; objects: number; ids: string[] }
export type ResourceReport = Omit<Reading, 'items'> &
  Leftovers & { resource: string; model: string | null; objects: number; samples: Sample[]; refused: Refusal[] }

type Mapping = { entry: Entry; account: Account; resource: Resource }
type Whole = { id: string; payload: Payload }

const SAMPLES = 2

/** What the engine would make of what was read. A resource without a model has nothing to be mapped. */
export function reportOn(mapping: Mapping, { items, ...reading }: Reading): ResourceReport {
  const { name, model = null } = mapping.resource
  const objects = items.filter(isWhole)
  const told = { ...reading, resource: name, model, objects: objects.length }
  if (!model) return { ...told, samples: [], refused: [], unmapped: [], custom_fields: [] }
  const payloads = objects.map(({ payload }) => payload)
  return {
    ...told,
    samples: objects.slice(0, SAMPLES).map((object) => toSample(mapping, object)),
    refused: refusalsOf(mapping, objects),
    ...findLeftovers(mapperOf(mapping, 'any'), payloads),
  }
}

const isWhole = (item: Item): item is Item & Whole => item.payload !== undefined

/** A record is compared with another of its object, so the id of the object matters to nobody but who sees the record. */
const mapperOf =
  ({ account, entry, resource }: Mapping, id: string): MapPayload =>
  (payload) =>
    mapRecords(entry, account, resource, { id, payload })

function toSample(mapping: Mapping, { id, payload }: Whole): Sample {
  const map = mapperOf(mapping, id)
  const mapped = map(payload)
  return { id, raw: payload, records: mapped.ok ? mapped.records : [], paths: traceObject(map, payload) }
}

const SHOWN_IDS = 5

function refusalsOf({ entry, account, resource }: Mapping, objects: Whole[]): Refusal[] {
  const refusals = new Map<string, Refusal>()
  for (const object of objects) {
    const mapped = mapRecords(entry, account, resource, object)
    if (mapped.ok) continue
    const { reason, reason_code } = mapped
    const refusal = refusals.get(reason) ?? { reason_code, reason, objects: 0, ids: [] }
    refusal.objects++
    if (refusal.ids.length < SHOWN_IDS) refusal.ids.push(object.id)
    refusals.set(reason, refusal)
  }
  return [...refusals.values()]
}
