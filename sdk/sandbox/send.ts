import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FaultName } from './faults.ts'
import type { Reply } from './http.ts'

/** Writes a reply, or as much of it as the fault lets through. */
export function sendReply(outgoing: ServerResponse, reply: Reply, fault?: FaultName) {
  const whole = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body)
  const half = whole.subarray(0, Math.floor(whole.length / 2))
  const head = (length: number) => outgoing.writeHead(reply.status, { ...reply.headers, 'Content-Length': length })
  if (fault === 'cut') return head(half.length).end(half)
  if (fault === 'truncated') return head(whole.length).write(half, () => outgoing.socket?.end())
  if (fault === 'resets') return head(whole.length).write(half, () => reset(outgoing.socket))
  return head(whole.length).end(whole)
}

// A pause and a turn of the loop, or the reset can overtake what was sent: Node's client then reads an orderly end.
const reset = (socket: Socket | null) => setTimeout(() => setImmediate(() => socket?.resetAndDestroy()), 10)
