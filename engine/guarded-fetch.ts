import { Agent, fetch as undiciFetch, type RequestInit } from 'undici'
import { ConnectorError, isConnectorError } from '@tributary/sdk'
import { startDeadline, type Deadline } from './deadline.ts'
import { checkedLookup, checkTarget } from './public-address.ts'

export type Outbound = {
  fetch: typeof fetch
  /** Breaks off what is under way: a source that hangs must not hold up the end of a process. */
  close(): Promise<void>
}
type Options = { allowPrivate: boolean; deadlineMs?: number; maxBodyBytes?: number }

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * The one way out: unicast addresses only (`allowPrivate` opens private ones, for sandboxes), the checked address is the one
 * that is connected to, no redirects, a deadline over the whole answer, and a cap on its inflated size. What goes wrong on the
 * way is `upstream_unavailable`.
 */
export function createOutbound(options: Options): Outbound {
  const limits = { deadlineMs: 60_000, maxBodyBytes: 64 * 1024 * 1024, ...options }
  const agent = new Agent({ connect: { lookup: checkedLookup(options.allowPrivate) }, connections: 32, pipelining: 1 })
  return { fetch: guardedFetch(agent, limits), close: () => agent.destroy() }
}

function guardedFetch(agent: Agent, limits: Required<Options>): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    checkTarget(url, limits.allowPrivate)
    const callers = [init, input instanceof Request ? input : undefined]
    const deadline = startDeadline(url.host, limits.deadlineMs, callers)
    try {
      const sent = { ...(await partsOf(request)), signal: deadline.signal, dispatcher: agent }
      const response = (await undiciFetch(request.url, sent)) as unknown as Response
      await refuseRedirect(response)
      return capped(response, { deadline, host: url.host, maxBytes: limits.maxBodyBytes })
    } catch (error) {
      deadline.end()
      throw toRefusal(error, deadline, url.host)
    }
  }
}

/** undici's fetch and Node's do not share a Request class, so the parts are handed over. */
async function partsOf(request: Request): Promise<RequestInit> {
  const { method, headers } = request
  const body = request.body ? await request.arrayBuffer() : null
  return { method, headers: Object.fromEntries(headers), body, redirect: 'manual' }
}

async function refuseRedirect({ status, body }: Response): Promise<void> {
  if (!REDIRECTS.has(status)) return
  await body?.cancel()
  throw new ConnectorError(
    'upstream_unavailable',
    `the source answered with a redirect (${status}), which is not followed`,
  )
}

type Reading = { deadline: Deadline; host: string; maxBytes: number }

function capped(response: Response, reading: Reading): Response {
  if (!response.body) {
    reading.deadline.end()
    return response
  }
  const { status, statusText, headers } = response
  return new Response(readCapped(response.body.getReader(), reading), { status, statusText, headers: [...headers] })
}

function readCapped(reader: ReadableStreamDefaultReader<Uint8Array>, reading: Reading): ReadableStream<Uint8Array> {
  const { deadline, host, maxBytes } = reading
  let bytes = 0
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) return close(controller)
        bytes += value.byteLength
        if (bytes > maxBytes) throw tooLarge(host, maxBytes)
        controller.enqueue(value)
      } catch (error) {
        controller.error(toRefusal(error, deadline, host))
        await cancel()
      }
    },
    cancel,
  })

  function close(controller: ReadableStreamDefaultController<Uint8Array>) {
    deadline.end()
    controller.close()
  }
  async function cancel() {
    deadline.end()
    await reader.cancel().catch(() => {})
  }
}

const tooLarge = (host: string, maxBytes: number) =>
  new ConnectorError('upstream_unavailable', `the answer of ${host} is larger than ${maxBytes / 1024 / 1024} MiB`)

/** undici hides the reason, a refusal of ours among them, under one "fetch failed". What the caller has aborted is his own. */
function toRefusal(error: unknown, deadline: Deadline, host: string): unknown {
  const reason = error instanceof Error && error.cause ? error.cause : error
  if (isConnectorError(reason)) return reason
  if (deadline.signal.aborted) return error
  const { code = 'no answer' } = reason as { code?: string }
  return new ConnectorError('upstream_unavailable', `${host} could not be reached, or broke off (${code})`, {
    cause: error,
  })
}
