import type { Stored } from './wire.ts'

/** An object whole, with its place in lists and, once asked for, its bytes as the API sends them. Replaced, never changed. */
export type Entry = { readonly value: Stored; readonly created: number; wire?: Buffer }
/** Seconds, both included. */
export type Range = { from: number; to: number }
export type PageQuery = {
  limit: number
  after?: Entry
  before?: Entry
  range: Range
  keep?: (value: Stored) => boolean
}
export type Collection = {
  get(id: string): Entry | undefined
  /** Throws where `get` finds nothing. */
  known(id: string): Entry
  /** Newest first. */
  all(): Stored[]
  page(query: PageQuery): { entries: Entry[]; hasMore: boolean }
  insert(value: Stored, created: number): void
  /** Keeps its place. */
  replace(value: Stored): void
  remove(id: string): void
}

/**
 * Objects in Stripe's order: newest first, and within a second by id. Reading a page costs a search, not a scan. What it begins
 * with is made when the first object is asked for.
 */
export function createCollection(seed: () => Entry[] = () => []): Collection {
  let loaded: { byId: Map<string, Entry>; order: Entry[] } | undefined
  const load = () => (loaded ??= index(seed()))
  return {
    get: (id) => load().byId.get(id),
    known: (id) => known(load().byId, id),
    all: () => load().order.map((entry) => entry.value),
    page: (query) => pageOf(load().order, query),
    insert(value, created) {
      const { byId, order } = load()
      if (byId.has(value.id))
        throw new Error(`stripe sandbox: there is an object ${value.id} already; update it instead`)
      const entry = { value, created }
      byId.set(value.id, entry)
      order.splice(placeOf(order, entry), 0, entry)
    },
    replace(value) {
      const { byId, order } = load()
      const old = known(byId, value.id)
      const entry = { value, created: old.created }
      byId.set(value.id, entry)
      order[placeOf(order, old)] = entry
    },
    remove(id) {
      const { byId, order } = load()
      order.splice(placeOf(order, known(byId, id)), 1)
      byId.delete(id)
    },
  }
}

const index = (entries: Entry[]) => ({
  byId: new Map(entries.map((entry) => [entry.value.id, entry])),
  order: entries.toSorted(newestFirst),
})

function known(byId: Map<string, Entry>, id: string): Entry {
  const entry = byId.get(id)
  if (!entry) throw new Error(`stripe sandbox: there is no object ${id}; truth() lists those that are`)
  return entry
}

const newestFirst = (a: Entry, b: Entry) => b.created - a.created || (a.value.id < b.value.id ? 1 : -1)

const placeOf = (order: Entry[], entry: Entry) =>
  firstIndex(order, (other) => other.value.id === entry.value.id || newestFirst(other, entry) > 0)

function pageOf(order: Entry[], { limit, after, before, range, keep }: PageQuery) {
  const start = firstIndex(order, (entry) => entry.created <= range.to)
  const end = firstIndex(order, (entry) => entry.created < range.from)
  if (before) {
    const newer = order.slice(start, Math.min(end, placeOf(order, before))).reverse()
    const { entries, hasMore } = collect(newer, 0, newer.length, { limit, keep })
    return { entries: entries.reverse(), hasMore }
  }
  return collect(order, after ? Math.max(start, placeOf(order, after) + 1) : start, end, { limit, keep })
}

function collect(order: Entry[], from: number, until: number, { limit, keep }: Pick<PageQuery, 'limit' | 'keep'>) {
  const entries: Entry[] = []
  for (let i = from; i < until; i++) {
    const entry = order[i]
    if (!entry || (keep && !keep(entry.value))) continue
    if (entries.length === limit) return { entries, hasMore: true }
    entries.push(entry)
  }
  return { entries, hasMore: false }
}

/** Where `holds` begins to be true: it is false before and true after. */
function firstIndex(order: Entry[], holds: (entry: Entry) => boolean) {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = order[middle]
    if (entry && holds(entry)) high = middle
    else low = middle + 1
  }
  return low
}
