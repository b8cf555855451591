/**
 * Where the paths of raw objects go. A path has a field where the mapper asks for it by name, or where the record is another
 * without it. Both are needed: a fallback (`a ?? b`) is asked for and changes nothing while `a` is there; and a schema that
 * lets unknown fields through reads all of them, whether anything comes of it or not. To take a value away needs no guess of
 * another that the mapper would accept, as to change it does: every field may be missing.
 */
import { without } from '@tributary/sdk'
import type { UnifiedRecord } from '@tributary/sdk/models'
import type { Mapped } from '../../engine/map-records.ts'
import { leavesOf, type Leaf } from './leaves.ts'
import { namesRead } from './names-read.ts'

export type MapPayload = (payload: object) => Mapped
/** A leaf that matters: without it these pointers of the record are not as they were, or (`needed`) there is no record at all. */
export type Trace = Leaf & { unified: string[]; needed: boolean }
/** Patterns of paths that held something in at least one object: nowhere in the records, or in custom_fields by nobody's name. */
export type Leftovers = { unmapped: string[]; custom_fields: string[] }

/** What each path of one object does to its record. Those that do nothing are left out. */
export function traceObject(map: MapPayload, payload: object): Trace[] {
  const mapped = map(payload)
  return mapped.ok
    ? traceLeaves({ map, payload, before: mapped.records }, leavesOf(payload).filter(holdsSomething))
    : []
}

export function findLeftovers(map: MapPayload, payloads: object[]): Leftovers {
  const fates = new Map<string, Fate>()
  for (const payload of payloads) noteFates(fates, map, payload)
  return { unmapped: gather(fates, 'unmapped'), custom_fields: gather(fates, 'custom_fields') }
}

/** From worst to best; the best that any object shows counts. */
const FATES = ['unmapped', 'custom_fields', 'mapped'] as const
type Fate = (typeof FATES)[number]

function noteFates(fates: Map<string, Fate>, map: MapPayload, payload: object): void {
  const mapped = map(payload)
  if (!mapped.ok || mapped.records.length === 0) return
  const names = namesRead(payload, (watched) => map(watched))
  const note = (pattern: string, fate: Fate) => {
    if (FATES.indexOf(fate) > FATES.indexOf(fates.get(pattern) ?? 'unmapped')) fates.set(pattern, fate)
  }
  const leaves = leavesOf(payload).filter(holdsSomething)
  for (const { pattern, pointer } of leaves) {
    if (!fates.has(pattern)) fates.set(pattern, 'unmapped')
    if (names.has(pointer)) note(pattern, 'mapped')
  }
  const open = leaves.filter(({ pattern }) => fates.get(pattern) !== 'mapped')
  for (const trace of traceLeaves({ map, payload, before: mapped.records }, open)) note(trace.pattern, fateOf(trace))
}

const fateOf = ({ unified, needed }: Trace): Fate =>
  needed || unified.some((pointer) => !IN_CUSTOM_FIELDS.test(pointer)) ? 'mapped' : 'custom_fields'

/** Where an object gives several records, their pointers begin with a number. */
const IN_CUSTOM_FIELDS = /^(\/\d+)?\/custom_fields\//

/** What is null or empty could not be missed. */
const holdsSomething = ({ value }: Leaf): boolean => value !== null && value !== undefined && value !== ''

type Traced = { map: MapPayload; payload: object; before: UnifiedRecord[] }

/** By halves, since most leaves do nothing: without all of them the record is the same, which takes one look to see. */
function traceLeaves(traced: Traced, leaves: Leaf[]): Trace[] {
  if (leaves.length === 0) return []
  const { before, map, payload } = traced
  const after = map(
    without(
      payload,
      leaves.map(({ pointer }) => pointer),
    ),
  )
  const unified = after.ok ? differences(valuesOf(before), valuesOf(after.records)) : []
  if (after.ok && unified.length === 0) return []
  const [leaf, ...others] = leaves
  if (others.length === 0) return [{ ...leaf!, unified, needed: !after.ok }]
  const half = Math.ceil(leaves.length / 2)
  return [...traceLeaves(traced, leaves.slice(0, half)), ...traceLeaves(traced, leaves.slice(half))]
}

const differences = (before: Map<string, unknown>, after: Map<string, unknown>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((pointer) => before.get(pointer) !== after.get(pointer))

/** The values of records by pointer; a single record's begin with its fields. */
export const valuesOf = (records: UnifiedRecord[]): Map<string, unknown> =>
  new Map(leavesOf(records.length === 1 ? records[0] : records).map(({ pointer, value }) => [pointer, value]))

/** The patterns of one fate, whole branches by their topmost path. */
function gather(fates: Map<string, Fate>, wanted: Fate): string[] {
  const others = [...fates].filter(([, fate]) => fate !== wanted).map(([pattern]) => pattern)
  const found = [...fates].filter(([, fate]) => fate === wanted).map(([pattern]) => topmost(pattern, others))
  return [...new Set(found)].toSorted()
}

function topmost(pattern: string, others: string[]): string {
  const steps = pattern.split('/')
  const branches = steps.map((_, end) => steps.slice(0, end + 1).join('/')).slice(1)
  return branches.find((branch) => !others.some((other) => other.startsWith(`${branch}/`))) ?? pattern
}
