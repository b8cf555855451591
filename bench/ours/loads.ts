import type { Account, Payload } from '@tributary/sdk'
import { loadRegistry, type Registry } from '../../connectors/registry.ts'
import type { Database } from '../../db/client.ts'
import { bumpEpoch } from '../../db/epochs.ts'
import { asWorker, inOrg } from '../../db/tenancy.ts'
import { apply, type Batch } from '../../engine/apply.ts'
import { systemTime } from '../../engine/time.ts'
import type { Budget } from '../../engine/budget.ts'
import { createOutbound } from '../../engine/guarded-fetch.ts'
import { toItem, type Item } from '../../engine/news.ts'
import { openAdapter, type OpenAdapter } from '../../engine/open.ts'
import { readPages, toReadSource } from '../../engine/rehearse.ts'
import { makeEncryptionKey } from '../../stack/demo/keep.ts'
import { connectAll, RESOURCES, type SandboxAccount } from './connect.ts'

export type ApplyTask = { appUrl: string; adminUrl: string; sandbox: SandboxAccount }
/** All objects of a resource, in memory, and what applying them takes. */
export type Load = { db: Database; target: Omit<Batch, 'items'>; items: Item[] }

/** As many as the engine writes at once: five pages. */
export const BATCH = 500

/** A connection of a fresh org, with everything that it has to tell. */
export async function readLoads(db: Database, task: ApplyTask): Promise<Load[]> {
  const registry = await loadRegistry()
  const { sandbox } = task
  const connecting = { db, registry, sandbox, adminUrl: task.adminUrl, limited: false }
  const [key] = await connectAll({ ...connecting, encryptionKey: await makeEncryptionKey() }, 1)
  const opened = openSandbox(registry, sandbox)
  const account = { id: sandbox.accountId, mode: 'test' } as const
  const resources = opened.entry.manifest.resources.filter(({ name }) => RESOURCES.includes(name))
  return Promise.all(
    resources.map(async (resource) => {
      const epoch = await inOrg(db, asWorker(key!.org_id), (tx) => bumpEpoch(tx, key!, resource.name))
      const fence = { connection: 1, resource: epoch }
      const cursor = () => ({ lane: 'full', epoch, position: {} })
      const items: Item[] = []
      for await (const page of readPages(toReadSource(opened, resource, AbortSignal.timeout(600_000))))
        items.push(...page.items)
      return { db, items, target: { key: key!, entry: opened.entry, account, resource, fence, cursor } }
    }),
  )
}

const unlimited: Budget = {
  take: () => Promise.resolve({ waitedMs: 0, end: () => {} }),
  pause: () => Promise.resolve(),
}

export function openSandbox(registry: Registry, sandbox: SandboxAccount): OpenAdapter {
  const deps = {
    registry,
    budget: unlimited,
    outbound: createOutbound({ allowPrivate: true }),
    allowPrivateTargets: true,
    time: systemTime,
  }
  const { url, accountId, secretKey } = sandbox
  const account: Account = { id: accountId, mode: 'test', rateLimits: [] }
  const input = { connector: 'stripe', config: { base_url: url }, credentials: { secret_key: secretKey }, account }
  return openAdapter(deps, input, { signal: AbortSignal.timeout(600_000), priority: 'live' })
}

/** The load as a later read shows it: all as before, but for a share of its objects. */
export function readLater(load: Load, laterMs: number, share: number): Load {
  const every = share > 0 ? Math.round(1 / share) : Infinity
  const later = (item: Item, i: number): Item => {
    const version = item.version + laterMs
    if (i % every !== 0) return { ...item, version }
    const payload: Payload = { ...item.payload, description: `moved at ${laterMs}` }
    const change = { resource: load.target.resource.name, id: item.id, payload }
    return toItem(load.target.resource, change, { origin: 'read', version })
  }
  return { ...load, items: laterMs > 0 ? load.items.map(later) : load.items }
}

/** Batch by batch, each in its own transaction, as the engine does for one resource. */
export async function applyLoad({ db, target, items }: Load): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = items.slice(from, from + BATCH)
    const seen = { generation: 1, sent_at: batch[0]!.version }
    await inOrg(db, asWorker(target.key.org_id), (tx) => apply(tx, { ...target, seen, items: batch }))
  }
}
