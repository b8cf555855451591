import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { findConsumer } from '../../db/change-consumers.ts'
import { findFeedEnds, listChanges, type ChangeFilter } from '../../db/changes.ts'
import { inOrg, type Tx } from '../../db/tenancy.ts'
import { callerOf, type Caller } from '../auth.ts'
import { consumerNotFound, requireHeld } from '../change-cursor.ts'
import type { App, RouteDeps } from '../deps.ts'
import { addRoute } from '../route.ts'
import { changesPage, changesQuery } from '../schemas/change.ts'

const POLL_MS = 250

export function changesRoute(app: App, deps: RouteDeps): void {
  addRoute(app, {
    method: 'GET',
    url: '/changes',
    access: 'read',
    schema: {
      summary: 'Follow what becomes of unified rows, in the order of commits',
      tags: ['changes'],
      querystring: changesQuery,
      response: { 200: changesPage },
    },
    handler: async (request, reply) => {
      const { cursor, consumer, wait_seconds, ...filter } = request.query
      const caller = callerOf(request)
      const leaving = new AbortController()
      reply.raw.once('close', () => leaving.abort())
      const signal = AbortSignal.any([leaving.signal, deps.closing])
      const after = await inOrg(deps.db, caller, (tx) => startOf(tx, caller, { cursor, consumer }))
      return readOrWait(deps, { caller, filter, after, until: Date.now() + wait_seconds * 1000, signal })
    },
  })
}

type Start = Pick<z.output<typeof changesQuery>, 'cursor' | 'consumer'>

/** The number behind which to read. */
async function startOf(tx: Tx, { org_id }: Caller, { cursor, consumer }: Start): Promise<number> {
  if (cursor === 'latest') return (await findFeedEnds(tx, org_id)).last_number
  if (consumer === undefined) return Number(cursor ?? 0)
  const found = await findConsumer(tx, { org_id, name: consumer })
  if (!found) throw consumerNotFound(consumer)
  return found.cursor
}

type Reading = {
  caller: Caller
  filter: ChangeFilter & { limit: number }
  after: number
  until: number
  signal: AbortSignal
}

/** A page with something in it, or an empty one when the time is up. Each look is a short transaction of its own. */
async function readOrWait(deps: RouteDeps, { caller, filter, after, until, signal }: Reading) {
  const look = (from: number) => inOrg(deps.db, caller, (tx) => readPage(tx, caller, filter, from))
  let found = await look(after)
  while (found.data.length === 0 && Date.now() < until && !signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    found = await look(found.page.next_cursor)
  }
  return found
}

async function readPage(tx: Tx, { org_id }: Caller, filter: Reading['filter'], after: number) {
  const { rows, ...ends } = await listChanges(tx, { ...filter, org_id, after })
  requireHeld(after, ends)
  const last = rows.length === filter.limit ? rows.at(-1) : undefined
  // What the filter left out of the rest need not be looked through again.
  return { data: rows, page: { next_cursor: last?.number ?? ends.last_number } }
}
