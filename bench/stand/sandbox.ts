import { join } from 'node:path'
import { Agent, request } from 'undici'
import sandboxes from '../../connectors/stripe/sandbox.ts'
import { API_VERSION } from '../../connectors/stripe/sandbox/wire.ts'
import type { Digest } from '../canonical.ts'
import type { Order } from './sandbox-process.ts'
import { watchTypeScript } from './watched.ts'

export type Counts = { customers: number; charges: number }
type Told = { url: string; accountId: string; control: string }
export type BenchSandbox = {
  url: string
  pid: number
  accountId: string
  secretKey: string
  counts: Counts
  digest(resource: string, fields?: string[]): Promise<Digest>
  /** How often each path was asked for since they were forgotten. */
  requests(): Promise<Record<string, number>>
  forget(): Promise<void>
  faults(faults: { latency?: number }): Promise<void>
  /** Gives how many changed. */
  change(resource: string, share: number): Promise<number>
  stop(): Promise<void>
}

const START_MS = 300_000

/** Starts the fake Stripe as a process of its own. */
export async function startSandbox(counts: Counts): Promise<BenchSandbox> {
  const process = watchTypeScript(join(import.meta.dirname, 'sandbox-process.ts'), { args: [JSON.stringify(counts)] })
  const { control, ...told } = JSON.parse(await process.line('sandbox: ', START_MS)) as Told
  const ask = async <T>(order: Order): Promise<T> => {
    const { body } = await request(control, { method: 'POST', body: JSON.stringify(order), headersTimeout: START_MS })
    return body.json() as Promise<T>
  }
  return {
    ...told,
    pid: process.pid,
    secretKey: sandboxes.credentials.secret_key!,
    counts,
    digest: (resource, fields) => ask({ do: 'digest', resource, ...(fields && { fields }) }),
    requests: () => ask({ do: 'requests' }),
    forget: () => ask({ do: 'forget' }),
    faults: (faults) => ask({ do: 'faults', faults }),
    change: (resource, share) => ask({ do: 'change', resource, share }),
    stop: () => process.stop(),
  }
}

/** Reads all of it as fast as one client can, two lists side by side: objects a second. Also makes it hold its pages ready. */
export async function sandboxAlone(sandbox: BenchSandbox): Promise<number> {
  const agent = new Agent({ connections: 2 })
  await Promise.all(['customers', 'charges'].map((path) => readList(sandbox, agent, path)))
  const begin = performance.now()
  await Promise.all(['customers', 'charges'].map((path) => readList(sandbox, agent, path)))
  const seconds = (performance.now() - begin) / 1000
  await agent.close()
  return (sandbox.counts.customers + sandbox.counts.charges) / seconds
}

async function readList({ url, secretKey }: BenchSandbox, agent: Agent, path: string): Promise<void> {
  const headers = { authorization: `Bearer ${secretKey}`, 'stripe-version': API_VERSION }
  for (let after = ''; ;) {
    const { body } = await request(`${url}/v1/${path}?limit=100${after}`, { headers, dispatcher: agent })
    const text = await body.text()
    if (!text.includes('"has_more":true')) return
    // The last id, without parsing: what is measured is the sandbox.
    const last = text.lastIndexOf('{"id":"')
    after = `&starting_after=${text.slice(last + 7, text.indexOf('"', last + 7))}`
  }
}
