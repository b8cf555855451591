import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConnectorError, isConnectorError, type Context, type ErrorCode } from '@tributary/sdk'
import type { Usage } from './metered-fetch.ts'
import { checkedLookup, checkTarget } from './public-address.ts'

type Dial = Context<unknown>['dial']
type Options = { allowPrivate: boolean; usage: Usage; signal: AbortSignal; connectMs?: number; idleMs?: number }
type Target = { name: string; host: string; connectMs: number; idleMs: number; signal: AbortSignal }

/**
 * The `dial` of a connector's context: to addresses that `fetch` may reach too, the checked one being the one that is connected
 * to; counted as a request. A socket on which nothing comes or goes for two minutes is given up, and `signal` closes them all.
 * Throws `config_invalid` for a host that does not exist or may not be reached, `upstream_unavailable` where nobody answers.
 */
export function guardedDial({ allowPrivate, usage, signal, connectMs = 10_000, idleMs = 120_000 }: Options): Dial {
  return async ({ host: name, port }) => {
    const url = toUrl(name, port)
    checkTarget(url, allowPrivate)
    signal.throwIfAborted()
    usage.requests++
    const target = { name, host: url.hostname.replace(/^\[|\]$/g, ''), connectMs, idleMs, signal }
    const lookup = checkedLookup(allowPrivate)
    const socket = connect({ host: target.host, port, lookup, noDelay: true, signal })
    await untilReady(socket, { on: socket, event: 'connect', target })
    return { socket, startTls: ({ ca } = {}) => startTls(socket, target, ca) }
  }
}

/** As a URL, which reads every odd spelling of an address (0x7f.1, 2130706433) as what it is. */
function toUrl(host: string, port: number): URL {
  const text = `https://${host.includes(':') ? `[${host}]` : host}`
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536
  if (isPort && /^[^/\\?#@[\]\s]+$/.test(host) && URL.canParse(text)) return new URL(text)
  throw new ConnectorError(
    'config_invalid',
    `${JSON.stringify(host)}, port ${port}, is nothing that can be connected to; give the name of a host`,
  )
}

/** The name that was dialled is the one that has to be proved, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
async function startTls(socket: Socket, target: Target, ca: string | undefined): Promise<Socket> {
  const { host } = target
  const name = isIP(host) ? { host } : { host, servername: host }
  try {
    const secured = connectTls({ socket, ...name, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca && { ca }) })
    await untilReady(secured, { on: socket, event: 'secureConnect', target })
    return secured
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** `on` is the socket that the bytes go over: its silence is that of all that is above it. */
async function untilReady(socket: Socket, { on, event, target }: { on: Socket; event: string; target: Target }) {
  const { name, connectMs, idleMs, signal } = target
  limitSilence(on, connectMs, `${name} did not answer within ${connectMs / 1000} s`)
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve)
    // It stays: an error that nobody hears ends the process, and who takes the socket over may not listen yet.
    socket.once('error', (error) => reject(signal.aborted ? signal.reason : toRefusal(error, socket, name)))
  })
  limitSilence(on, idleMs, `${name} has said nothing for ${idleMs / 1000} s`)
}

function limitSilence(socket: Socket, ms: number, message: string): void {
  socket.removeAllListeners('timeout')
  socket.setTimeout(ms, () => socket.destroy(new ConnectorError('upstream_unavailable', message)))
}

/** Where several addresses were tried, the reason is that of the first. */
function toRefusal(error: Error, socket: Socket & { authorizationError?: unknown }, name: string): ConnectorError {
  if (isConnectorError(error)) return error
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error]
  const { code = 'no answer' } = first as { code?: string }
  const refuse = (kind: ErrorCode, message: string) => new ConnectorError(kind, message, { cause: error })
  if (code === 'ENOTFOUND') return refuse('config_invalid', `there is no host ${name}; correct its name`)
  if (socket.authorizationError)
    return refuse(
      'config_invalid',
      `${name} does not prove that it is ${name} (${code}); correct the host, or give the certificate of its authority`,
    )
  return refuse('upstream_unavailable', `${name} could not be connected to, or broke off (${code})`)
}
