import type { Stored } from './wire.ts'

/** What search knew of an object since when (milliseconds): nothing, while it is archived or merged away. */
type Indexed = { since: number; value: Stored | undefined }
export type Collection = {
  get(id: string): Stored | undefined
  /** Throws where `get` finds nothing. */
  known(id: string): Stored
  /** By id, lowest first. */
  all(): Stored[]
  /** Those behind an id, lowest first. */
  after(id: string): Stored[]
  /** A new object or another state of one. */
  put(value: Stored, now: number): void
  remove(id: string, now: number): void
  /** As the index behind search had them at an instant, behind an id, lowest first. */
  indexedAfter(id: string, at: number): Stored[]
}

/** Objects in the order of their ids, which are numbers: 951 comes before 1001. */
export function createCollection(values: Stored[]): Collection {
  const order = values.map(({ id }) => Number(id)).toSorted((a, b) => a - b)
  const live = new Map(values.map((value) => [value.id, value]))
  const history = new Map(values.map((value) => [value.id, [{ since: 0, value: visible(value) }]]))
  const idsAfter = (id: string) => order.slice(firstIndex(order, Number(id))).map(String)
  const record = (id: string, entry: Indexed) => history.set(id, [...(history.get(id) ?? []), entry])
  return {
    get: (id) => live.get(id),
    known: (id) => live.get(id) ?? missing(id),
    all: () => idsAfter('0').flatMap((id) => live.get(id) ?? []),
    after: (id) => idsAfter(id).flatMap((other) => live.get(other) ?? []),
    put(value, now) {
      if (!history.has(value.id)) order.splice(firstIndex(order, Number(value.id)), 0, Number(value.id))
      live.set(value.id, value)
      record(value.id, { since: now, value: visible(value) })
    },
    remove(id, now) {
      if (!live.delete(id)) missing(id)
      record(id, { since: now, value: undefined })
    },
    indexedAfter: (id, at) =>
      idsAfter(id).flatMap((other) => history.get(other)?.findLast(({ since }) => since <= at)?.value ?? []),
  }
}

/** HubSpot's manual, "CRM search": archived objects do not appear. */
const visible = (value: Stored): Stored | undefined => (value.archived ? undefined : value)

function missing(id: string): never {
  throw new Error(`hubspot sandbox: there is no object ${id}; truth() lists those that are`)
}

/** Of the first that is greater. */
function firstIndex(order: number[], than: number) {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (order[middle]! > than) high = middle
    else low = middle + 1
  }
  return low
}
