/** Reads a list with several requests in flight, and hands its pages over in batches, each with what remains to be read behind it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Position } from './position.ts'
import { readPage, RestartPass, type ReadPage, type ReadSource } from './read-page.ts'
import { branch, createStrand, isFree, toRange, type Strand } from './strand.ts'

/** A checkpoint covers at most this much. */
const MAX_PAGES = 5
const MAX_MS = 5000
/** So many that a source 200 ms away can be asked 40 times a second, which is more than any allows for one list. */
const IN_FLIGHT = 8
/** Pages that were read and not handed over yet: beyond these nothing is asked for. */
const AHEAD = 2 * MAX_PAGES

export type ReadBatch = Pick<ReadPage, 'items' | 'skipped' | 'stubs' | 'sent_at' | 'total'> & {
  pages: number
  position: Position
}
export type Reader = {
  /** The next pages. undefined: there are none, or no more are asked for. Throws what reading threw, once all before it is handed over. */
  next(): Promise<ReadBatch | undefined>
  /** Asks for no more; what is on its way is still handed over. */
  finish(): void
  /** Waits for what is on its way, and forgets it. */
  stop(): Promise<void>
}
type Read = { strand: Strand; page: ReadPage }

export function createReader(
  source: ReadSource,
  position: Position,
  { pages: maxPages = MAX_PAGES, inFlight = IN_FLIGHT } = {},
): Reader {
  const pool = createPool(source, position, inFlight)

  async function gather(): Promise<void> {
    const deadline = Date.now() + MAX_MS
    const isLate = () => pool.ready.length > 0 && Date.now() >= deadline
    if (pool.ready.length < maxPages) pool.fill()
    while (pool.underWay.size > 0 && pool.ready.length < maxPages && !isLate()) {
      await anyOf(pool.underWay, pool.ready.length > 0 ? deadline - Date.now() : undefined)
      if (pool.ready.length < maxPages) pool.fill()
    }
  }

  return {
    async next() {
      await gather()
      const taken = pool.ready.splice(0, maxPages)
      if (taken.length === 0 && pool.failure) throw pool.failure.error
      return taken.length === 0 ? undefined : toBatch(taken, pool.handOver(taken))
    },
    finish: () => void (pool.finished = true),
    async stop() {
      pool.finished = true
      await Promise.all(pool.underWay)
    },
  }
}

/** The requests that are under way, and the pages that they have brought. */
type Pool = {
  underWay: Set<Promise<void>>
  ready: Read[]
  failure: { error: unknown } | undefined
  finished: boolean
  /** Asks for as much as there is room for. */
  fill(): void
  /** What remains to be read once these pages, and all that were handed over before, are written. */
  handOver(taken: Read[]): Position
}

function createPool(source: ReadSource, position: Position, inFlight: number): Pool {
  const strands = position.ranges.map((range) => createStrand(source.scan, range))
  let revision = position.revision
  /** One at a time asks only for what is wanted; more read on while what was read is written. */
  const isEager = inFlight > 1
  const pool: Pool = { underWay: new Set(), ready: [], failure: undefined, finished: false, fill, handOver }
  return pool

  function fill(): void {
    const hasRoom = () =>
      pool.underWay.size < inFlight && pool.ready.length + pool.underWay.size < Math.max(AHEAD, inFlight)
    while (!pool.finished && !pool.failure && hasRoom()) {
      const strand = strands.find(isFree) ?? branch(source.scan, strands)
      if (!strand) return
      const work: Promise<void> = ask(strand).finally(() => {
        pool.underWay.delete(work)
        if (isEager) fill()
      })
      pool.underWay.add(work)
    }
  }

  async function ask(strand: Strand): Promise<void> {
    strand.isBusy = true
    try {
      const page = await readPage(source, toRange(strand, strand.ahead!), strand.visited)
      if (revision && page.revision && page.revision !== revision)
        throw new RestartPass(`${source.resource.name}: the content changed while it was read`)
      revision = page.revision ?? revision
      strand.goOn(page)
      pool.ready.push({ strand, page })
    } catch (error) {
      pool.failure ??= { error }
    } finally {
      strand.isBusy = false
    }
  }

  function handOver(taken: Read[]): Position {
    for (const { strand, page } of taken) strand.behind = page.rest
    if (isEager) fill()
    const ranges = strands.flatMap((strand) => (strand.behind ? [toRange(strand, strand.behind)] : []))
    return { ...position, ...(revision && { revision }), ranges }
  }
}

async function anyOf(work: Iterable<Promise<void>>, waitMs: number | undefined): Promise<void> {
  if (waitMs === undefined) return Promise.race(work)
  const timer = new AbortController()
  await Promise.race([...work, sleep(waitMs, undefined, { signal: timer.signal }).catch(() => {})])
  timer.abort()
}

function toBatch(taken: Read[], position: Position): ReadBatch {
  const pages = taken.map(({ page }) => page)
  const items = pages.flatMap((page) => page.items)
  const stubs = pages.flatMap((page) => page.stubs)
  const skipped = pages.reduce((sum, page) => sum + page.skipped, 0)
  const sent_at = Math.min(...pages.map((page) => page.sent_at))
  const total = pages.findLast((page) => page.total !== undefined)?.total
  return { items, stubs, skipped, sent_at, total, pages: pages.length, position }
}
