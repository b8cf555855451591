/** Who wants a request sent: connections of one account take turns, and some may wait less than others. */
export type Asker = { connection: string; priority: Priority }
/** Somebody waits for a live read; an incremental read keeps fresh what is there; a backfill takes hours anyway. */
export type Priority = 'live' | 'incremental' | 'backfill'

/** Turns that one gets while a backfill gets one: soon served, and nobody starves. */
const TURNS: Record<Priority, number> = { live: 16, incremental: 4, backfill: 1 }

export type Turns<Item> = {
  add(asker: Asker, item: Item): void
  /** Whose turn it is. Within a flow each goes in the order in which it came. */
  next(): Item | undefined
  remove(item: Item): void
}

type Flow<Item> = { items: Item[]; step: number; due: number }

/** Weighted fair queueing: a connection is a flow, whose next turn is due the later the more it has had, however much waits in it. */
export function createTurns<Item>(): Turns<Item> {
  const flows = new Map<string, Flow<Item>>()
  let clock = 0
  return {
    add({ connection, priority }, item) {
      const key = `${priority} ${connection}`
      const flow = flows.get(key) ?? { items: [], step: 1 / TURNS[priority], due: clock }
      // Who had nothing to send has saved nothing up.
      if (flow.items.length === 0) flow.due = Math.max(flow.due, clock)
      flow.items.push(item)
      flows.set(key, flow)
    },
    next() {
      const flow = first(flows)
      if (!flow) return undefined
      clock = Math.max(clock, flow.due)
      flow.due += flow.step
      const item = flow.items.shift()
      for (const [key, { items, due }] of flows) if (items.length === 0 && due <= clock) flows.delete(key)
      return item
    },
    remove(item) {
      for (const flow of flows.values()) flow.items = flow.items.filter((other) => other !== item)
    },
  }
}

function first<Item>(flows: Map<string, Flow<Item>>): Flow<Item> | undefined {
  let best: Flow<Item> | undefined
  for (const flow of flows.values())
    if (flow.items.length > 0 && (!best || flow.due + flow.step < best.due + best.step)) best = flow
  return best
}
