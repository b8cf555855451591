import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  ConnectorError,
  type Adapter,
  type Change,
  type Json,
  type Page,
  type ReadRequest,
  type Resource,
} from '@tributary/sdk'
import type { HttpSandbox, Sandbox, SandboxFactory } from '@tributary/sdk/sandbox'
import { inject } from 'vitest'
import { guardedDial } from '../engine/guarded-dial.ts'
import type { Entry } from './registry.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the superuser of the Postgres that the run has (stack/test-services.ts). */
    postgresUrl: string
  }
}

/** A connector on its sandbox. `http` is there where the sandbox is a server whose faults can be turned on. */
export type Bench = {
  entry: Entry
  sandbox: Sandbox
  http: HttpSandbox | undefined
  /** The manifest's and the discovered ones, by name. */
  resources: Map<string, Resource>
  open(given?: { credentials?: Record<string, string>; signal?: AbortSignal }): Adapter
  /** Closes what was opened since: the engine would have done so by then. */
  closeOpened(): Promise<void>
  /** How often the connector asked for something by the fetch it was given. */
  fetched(): number
}

const FEW = 30

/** Starts the `sandbox.ts` of a connector's folder with little in it. */
export async function startBench(entry: Entry): Promise<Bench> {
  const file = pathToFileURL(join(entry.dir, 'sandbox.ts')).href
  const { default: factory } = (await import(/* @vite-ignore */ file)) as { default: SandboxFactory }
  const counts = Object.entries(factory.counts).map(([name, count]) => [name, Math.min(count, FEW)])
  const sandbox = await factory.start({
    counts: Object.fromEntries(counts) as Record<string, number>,
    ...(factory.needsPostgres && { postgresUrl: newDatabase(inject('postgresUrl')) }),
  })
  const http = 'faults' in sandbox ? (sandbox as HttpSandbox) : undefined
  let fetches = 0
  const counted: typeof fetch = (input, init) => (fetches++, fetch(input, init))
  const opened: Adapter[] = []
  const openOne = openerOf(entry, sandbox, counted)
  const open: Bench['open'] = (given) => opened[opened.push(openOne(given)) - 1]!
  const closeOpened = async () => void (await Promise.all(opened.splice(0).map(async (adapter) => adapter.close?.())))
  const discovered = (await open().discover?.()) ?? []
  const resources = new Map([...entry.manifest.resources, ...discovered].map((resource) => [resource.name, resource]))
  return { entry, sandbox, http, resources, open, closeOpened, fetched: () => fetches }
}

function newDatabase(server: string): string {
  const url = new URL(server)
  url.pathname = `contract_${randomBytes(8).toString('hex')}`
  return url.href
}

const openerOf =
  ({ connector, manifest }: Entry, sandbox: Sandbox, counted: typeof fetch): Bench['open'] =>
  ({ credentials = sandbox.credentials, signal = new AbortController().signal } = {}) =>
    connector.open({
      config: connector.config.parse(sandbox.config),
      secret: (name) => credentials[name] ?? missing(manifest.type, name),
      fetch: (input, init) =>
        counted(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) }),
      dial: guardedDial({ allowPrivate: true, usage: { requests: 0, errors: 0, throttled_ms: 0 }, signal }),
      ...(sandbox.upload && { upload: sandbox.upload }),
      signal,
    })

function missing(type: string, name: string): never {
  throw new ConnectorError('config_invalid', `${type}: ${name} is missing`)
}

/** A list to its end, page by page, each asked of another adapter as if in another process. */
export async function readPages(
  bench: Bench,
  resource: Resource,
  limit: number,
  window = everything(resource),
): Promise<Page<Change>[]> {
  const pages: Page<Change>[] = []
  let after: Json | undefined
  do {
    if (pages.length === 1000) throw new Error(`${resource.name}: the list does not end`)
    const page = await bench.open().read!({ resource, scan: 'full', limit, after, window })
    pages.push(page)
    after = page.more ? page.next : undefined
  } while (pages.at(-1)?.more)
  return pages
}

/** The window that a list by time is asked with when nothing is to be left out. */
export const everything = ({ full }: Resource): ReadRequest['window'] =>
  full.by === 'time' ? { to: new Date(Date.now() + 60_000).toISOString() } : undefined

/** The objects of a list, and by `get` those that it only names. */
export async function toWhole(bench: Bench, resource: Resource, changes: Change[]): Promise<Change[]> {
  const stubs = changes.filter(({ payload, op }) => !payload && op !== 'delete').map(({ id }) => id)
  const read: Change[] = []
  for (let at = 0; at < stubs.length; at += resource.getSize)
    read.push(...(await bench.open().get!(resource, stubs.slice(at, at + resource.getSize))))
  return [...changes.filter(({ payload }) => payload), ...read]
}

/** One text for one content, whatever the order of its keys. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  )
