import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import { drawFault } from './faults.ts'
import type { FaultName, Faults } from './faults.ts'
import { createRateGate } from './rate-gate.ts'
import { createRequestLog } from './request-log.ts'
import type { LoggedRequest, RequestLog } from './request-log.ts'
import { sendReply } from './send.ts'

export type Reply = { status: number; headers?: Record<string, string>; body: string | Buffer }
/** `n` counts from 1 since the start; `path` is without the query. */
export type SandboxRequest = {
  n: number
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
}
/** What it returns is done instead of answering: a reply, or a fault by its name. It may wait as long as it likes. */
export type RequestHook = (request: SandboxRequest) => Intervention | Promise<Intervention>
export type Intervention = Reply | FaultName | void

/** What a vendor's fake gives the kit: how it answers, and its own words for the faults that the kit decides. */
export type HttpOptions = {
  port?: number
  seed: number
  faults: Faults
  clock: Clock
  answer(request: SandboxRequest): Reply
  /** Whom the rate limit counts; not to be logged. */
  keyOf(request: SandboxRequest): string
  tooManyRequests(request: SandboxRequest): Reply
  serverError(request: SandboxRequest): Reply
}

export type HttpSide = {
  url: string
  faults: Faults
  requests: RequestLog
  /** Hooks run in the order of their registration until one intervenes; the answer takes it off again. */
  onRequest(hook: RequestHook): () => void
  /** Ends open connections at once. */
  close(): Promise<void>
}

/** Serves on loopback only, connections kept alive, through the fault switches. Rejects if the port is taken. */
export async function serveHttp(options: HttpOptions): Promise<HttpSide> {
  const log = createRequestLog(options.clock.now)
  const hooks = new Set<RequestHook>()
  const closing = new AbortController()
  const decide = createDecision(options, hooks, closing.signal)
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    const entry = log.add(incoming.method ?? 'GET', incoming.url ?? '/')
    serveOne(incoming, outgoing, entry).catch((error: unknown) => blame(outgoing, entry, error))
  })
  async function serveOne(incoming: IncomingMessage, outgoing: ServerResponse, entry: LoggedRequest) {
    const { reply, fault } = await decide(await readRequest(incoming, entry))
    Object.assign(entry, { status: reply.status, fault })
    sendReply(outgoing, { ...reply, headers: { Date: httpDate(options.clock.now()), ...reply.headers } }, fault)
  }
  const url = await listen(server, options.port ?? 0)
  const onRequest = (hook: RequestHook) => (hooks.add(hook), () => void hooks.delete(hook))
  return { url, faults: options.faults, requests: log, onRequest, close: () => closeNow(server, closing) }
}

/** A mistake of the fake's own, or of a hook, must be seen as one. (Where the client left or all closes, nobody reads this.) */
function blame(outgoing: ServerResponse, entry: LoggedRequest, error: unknown) {
  Object.assign(entry, { status: 500 })
  sendReply(outgoing, { status: 500, body: `sandbox: it failed by itself: ${String(error)}` })
}

/** Which answer a request gets: of a hook, of the rate limit, of chance, or of the vendor's fake. */
function createDecision(options: HttpOptions, hooks: Set<RequestHook>, signal: AbortSignal) {
  const gate = createRateGate()
  const asked = new Map<string, number>()
  return async (request: SandboxRequest): Promise<{ reply: Reply; fault?: FaultName }> => {
    const limited = gate.admit(options.keyOf(request), options.faults.rateLimit) > 0
    const drawn = limited ? 'tooManyRequests' : drawFault(options.faults, () => faultKey(options.seed, request, asked))
    const intervention = await askHooks(hooks, request)
    if (options.faults.latency > 0) await delay(options.faults.latency, undefined, { signal })
    if (typeof intervention === 'object') return { reply: intervention }
    const fault = intervention ?? drawn
    return { reply: replyOf(options, request, fault), fault }
  }
}

async function askHooks(hooks: Set<RequestHook>, request: SandboxRequest) {
  for (const hook of hooks) {
    const intervention = await hook(request)
    if (intervention) return intervention
  }
}

function faultKey(seed: number, { method, path, query }: SandboxRequest, asked: Map<string, number>) {
  const line = `${method} ${path}?${query.toString()}`
  const times = (asked.get(line) ?? 0) + 1
  asked.set(line, times)
  return `${seed} ${times} ${line}`
}

function replyOf(options: HttpOptions, request: SandboxRequest, fault: FaultName | undefined): Reply {
  if (fault === 'tooManyRequests') return withRetryAfter(options.tooManyRequests(request), options)
  if (fault === 'serverErrors') return options.serverError(request)
  if (fault === 'redirects') return { status: 302, headers: { Location: '/moved' }, body: '' }
  if (fault === 'html') return { status: 200, headers: { 'Content-Type': 'text/html' }, body: MAINTENANCE }
  return options.answer(request)
}

const MAINTENANCE = '<!doctype html><title>Back soon</title><p>We are down for maintenance.</p>'

function withRetryAfter(reply: Reply, { faults, clock }: HttpOptions): Reply {
  const wait = faults.retryAfterDate ? httpDate(clock.now() + faults.retryAfter * 1000) : String(faults.retryAfter)
  return { ...reply, headers: { ...reply.headers, 'Retry-After': wait } }
}

const httpDate = (ms: number) => new Date(ms).toUTCString()

async function readRequest(incoming: IncomingMessage, { n, method, path: target }: LoggedRequest) {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const [path = '/', ...rest] = target.split('?')
  const query = new URLSearchParams(rest.join('?'))
  return { n, method, path, query, headers: incoming.headers, body: Buffer.concat(chunks) }
}

async function listen(server: Server, port: number) {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closeNow(server: Server, closing: AbortController) {
  closing.abort()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
