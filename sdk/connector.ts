/**
 * The connector contract. A connector is data in `manifest.json` (see manifest.ts) and behaviour in `index.ts` (Connector).
 * A connector answers, it never decides: no retry, sleep, comparison or storing; it throws a ConnectorError and the engine
 * decides. The engine branches on what is declared, never on a connector's name.
 */
import type { Duplex, Readable } from 'node:stream'
import type { z } from 'zod'
import type { RateLimit, Resource } from './manifest.ts'
import type { Unified } from './models/index.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** One object as the source gave it; only its mapper knows the shape. */
export type Payload = object
/** RFC 3339, UTC, by the source's clock. */
export type Instant = string

export interface Connector<Config = unknown> {
  /** Parsed once; shown to users as JSON Schema. */
  config: z.ZodType<Config>
  /** No I/O: clients are made on first use. */
  open(context: Context<Config>): Adapter
  /** By resource; one that declares `mapping` needs none. */
  map?: Record<string, Mapper>
  /** What an event says, from its exact JSON. Pure. Throws `invalid_payload` where it is no event. */
  readEvent?(raw: string): SourceEvent
}

export const defineConnector = <Config>(connector: Connector<Config>): Connector<Config> => connector

/** What a connector is given. `fetch` is guarded, counted and kept within the rate limits: a vendor's SDK must be given it. */
export interface Context<Config> {
  config: Config
  /** Absent: throws `config_invalid`, saying where to set it. */
  secret(name: string): string
  fetch: typeof fetch
  /** A connection to a host of the source, for what does not speak HTTP; guarded as `fetch` is. Closed when `signal` is aborted. */
  dial(to: { host: string; port: number }): Promise<Dialled>
  /** Content that was given to this connection, where there is any. */
  upload?: Upload
  signal: AbortSignal
}

/**
 * `startTls` goes on encrypted, once both sides have agreed to it, with a server that proves to be the host that was dialled:
 * to the public authorities, or to the one of `ca` (PEM) alone.
 */
export type Dialled = { socket: Duplex; startTls(options?: { ca?: string | undefined }): Promise<Duplex> }

/** `revision` names the content: another content has another. */
export type Upload = {
  revision: string
  open(fromByte: number): Readable
  /**
   * What `make` makes of this content: made once, kept beside it by that name, and gone with it. For what only a look at the
   * whole content tells, so that not every process that reads a page of it has to look again.
   */
  derive(name: string, make: () => AsyncIterable<Buffer>): Promise<Upload>
}

export interface Adapter {
  /** Who this is at the source. Throws `auth_failed` where the credentials are not accepted. */
  testConnection(): Promise<Account>
  /** Resources that only this connection has; they are added to the manifest's. */
  discover?(): Promise<Resource[]>
  read?(request: ReadRequest): Promise<Page<Change>>
  /** The account's events, oldest or newest first, as the manifest's `feed` says; each as `readEvent` gives it. */
  feed?(request: FeedRequest): Promise<Page<SourceEvent>>
  /** Whole objects. An id that is not answered is gone: in doubt, throw. */
  get?(resource: Resource, ids: string[]): Promise<Change[]>
  close?(): Promise<void>
}

export type Account = { id: string; mode: 'live' | 'test'; currency?: string; rateLimits?: RateLimit[] }

export type FeedRequest = {
  /** By time: [from, to). Answering more is harmless, less is loss. */
  window?: { from?: Instant; to: Instant }
  limit: number
  /** `next` of the page before. */
  after?: Json
}

export type ReadRequest = FeedRequest & {
  resource: Resource
  scan: 'full' | 'incremental'
  /** Of the last whole pass: the same content is answered by an empty page that repeats it. */
  revision?: string
}

export type Page<Item> = {
  items: Item[]
  more: boolean
  /** Where to go on. */
  next?: Json
  /** By time: the scan's `field` of the last row, from where the rest is cut or resumed. */
  reached?: Instant
  /** If it changes midway, the pass starts again. */
  revision?: string
  /** For progress only. */
  total?: number
}

/** No payload: the engine reads it by `get` (stubs, cut-off lists). */
export type Change = {
  resource: string
  /** '' where the source gave none: the engine skips the object, and counts it. */
  id: string
  /** 'update' by default. At one instant a later word of this list outranks an earlier one. */
  op?: 'create' | 'update' | 'archive' | 'delete'
  payload?: Payload
  /** Its exact JSON, where parsing would lose something. */
  raw?: string
  /** Where the source may lag behind the request; else the engine stamps the time of asking. */
  at?: Instant
  /** Since when it is out of use at the source, by the source's own time. */
  archived_at?: Instant | null
}

/**
 * What a provider told, by feed or by webhook: `id` makes the second telling a no-op, `raw` is its exact JSON. No change: kept
 * as an event only. `change.at` is left out: an event's change has the time of the event.
 */
export type SourceEvent = { id: string; type: string; at: Instant; raw: string; change?: Change }

/** Pure and synchronous. []: this object is nothing of the model. */
export interface Mapper {
  toUnified(payload: Payload, account: Account, resource: Resource): Unified[]
}
