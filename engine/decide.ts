/**
 * All rules of order, and nothing else: what becomes of one piece of news about an object, given what is stored.
 * Pure, so that a property test can shuffle it (decide.test.ts).
 */
import type { Change } from '@tributary/sdk'

export type Op = NonNullable<Change['op']>
/**
 * Where a state was learnt: a read of the source (a list or by id), an event that the source sent, or inferred from a read of
 * the whole list which did not show the object.
 */
export type Origin = 'read' | 'event' | 'inferred'

export type Stored = {
  /** Hex sha256 of the payload; '' where an object was deleted before it was ever seen whole. */
  hash: string
  /** ms of the source's clock: the greatest at which this state is known to have been the truth. */
  version: number
  rank: number
  deleted: boolean
  archived: boolean
}

export type News = {
  origin: Origin
  op: Op
  hash: string
  version: number
  archived: boolean
}

export type Verdict =
  /** Write it. `dirty`: it is the best guess of a tie, which only a later read can decide. */
  | { action: 'write'; outcome: 'created' | 'updated' | 'archived' | 'deleted'; dirty: boolean }
  /** It is as stored. `advance`: the version moves on, by the seen page of a list or by a write where there is none. */
  | { action: 'keep'; outcome: 'unchanged' | 'stale'; advance: boolean; dirty: boolean }

/** At one instant a later word outranks an earlier one. A read shows the outcome of all of them. */
const RANK: Record<Op, number> = { create: 0, update: 1, archive: 2, delete: 3 }
const READ_RANK = 4
const READ_DOUBT_MS = 2000

export const rankOf = (news: Pick<News, 'origin' | 'op'>): number =>
  news.origin === 'event' ? RANK[news.op] : READ_RANK

export function decide(stored: Stored | undefined, news: News): Verdict {
  if (!stored) return write(undefined, news, false)
  const same = isSame(stored, news)
  if (news.version < stored.version) return keep('stale', false, !same && isDoubtful(stored, news))
  if (news.version > stored.version) return same ? keep('unchanged', true, false) : newer(stored, news)
  // Told again by a read, it stands for the doubt that a read's version leaves.
  if (same) return keep('unchanged', rankOf(news) > stored.rank, false)
  return rankOf(news) >= stored.rank ? write(stored, news, true) : keep('stale', false, true)
}

/** An event cannot undelete by itself: it may have been rendered before the deletion. A read can. */
function newer(stored: Stored, news: News): Verdict {
  const resurrects = stored.deleted && news.op !== 'delete' && news.origin === 'event'
  return resurrects ? keep('stale', false, true) : write(stored, news, isDoubtful(stored, news))
}

/**
 * A read's version is up to two seconds before what it shows (see `readVersion`), so an event within these may have happened
 * before the read as well as after it: a later read decides.
 */
function isDoubtful(stored: Stored, news: News): boolean {
  const storedByRead = stored.rank === READ_RANK
  if (storedByRead === (news.origin !== 'event')) return false
  const eventAfterReadMs = storedByRead ? news.version - stored.version : stored.version - news.version
  return eventAfterReadMs > 0 && eventAfterReadMs <= READ_DOUBT_MS
}

const isSame = (stored: Stored, news: News) =>
  news.op === 'delete'
    ? stored.deleted
    : !stored.deleted && stored.hash === news.hash && stored.archived === news.archived

function write(stored: Stored | undefined, news: News, dirty: boolean): Verdict {
  return { action: 'write', outcome: outcomeOf(stored, news), dirty }
}

function outcomeOf(stored: Stored | undefined, news: News) {
  if (news.op === 'delete') return 'deleted'
  if (!stored) return 'created'
  return news.archived && !stored.archived ? 'archived' : 'updated'
}

const keep = (outcome: 'unchanged' | 'stale', advance: boolean, dirty: boolean): Verdict => ({
  action: 'keep',
  outcome,
  advance,
  dirty,
})

/**
 * The last word on each object of a batch, in the order of arrival: neighbours in the source's list stay neighbours in `seq`.
 * `tied`: another word of the same instant said something else.
 */
export function lastWords<Item extends News & { id: string }>(items: Item[]): { item: Item; tied: boolean }[] {
  const words = new Map<string, { item: Item; tied: boolean }>()
  for (const item of items) {
    const held = words.get(item.id)
    if (!held || outranks(item, held.item)) words.set(item.id, { item, tied: isTie(item, held) })
    else held.tied ||= isTie(item, held)
  }
  return [...words.values()]
}

const outranks = (item: News, held: News) =>
  item.version > held.version || (item.version === held.version && rankOf(item) >= rankOf(held))
const isTie = (item: News, held: { item: News; tied: boolean } | undefined) =>
  held !== undefined &&
  item.version === held.item.version &&
  (item.hash !== held.item.hash || (item.op === 'delete') !== (held.item.op === 'delete'))
