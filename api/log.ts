import { pino, type DestinationStream, type Logger } from 'pino'
import { isConnectorError } from '@tributary/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

/** A log that never holds what a request carried: no bodies, no headers, no query, and of an unknown error no message. */
export const createLog = (level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      serializers: { err: describeError, req: describeRequest, res: describeReply },
      // The parser of forms tells what it was made with, headers included.
      redact: { paths: ['busboyOptions'], remove: true },
    },
    ...(destination ? [destination] : []),
  )

/** Messages of foreign errors may hold a row's values (drizzle's do), so only what is our own is said. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code } = error as { code?: unknown }
  return {
    name: error.name,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(isOurs(error) && { message: error.message }),
    frames: framesOf(error),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

const isOurs = (error: Error): boolean => error instanceof ApiError || isConnectorError(error)

/** The stack behind its message, which may itself have lines that look like frames. */
function framesOf({ stack = '', message }: Error): string[] {
  const start = stack.indexOf(message)
  const rest = start < 0 ? '' : stack.slice(start + message.length)
  return rest
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
}

const describeRequest = (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions?.url })
const describeReply = (reply: FastifyReply) => ({ status: reply.statusCode })
