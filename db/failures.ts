import { DrizzleQueryError } from 'drizzle-orm'

const UNAVAILABLE = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '53300', // too many connections
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now
])

/** NUL in text, NUL in jsonb, and times that Postgres does not have. */
const UNSTORABLE = new Set(['22021', '22P05', '22007', '22008'])

/** Whether a value was refused that no schema of ours refuses, but that Postgres cannot hold. */
export const isUnstorable = (error: unknown): boolean => UNSTORABLE.has(codeOf(error) ?? '')

/** Whether the database could not be reached, so that the same will work later. */
export const isDatabaseUnavailable = (error: unknown): boolean => UNAVAILABLE.has(codeOf(error) ?? '')

/** Whether a row could not be written because another has its key in `index`. */
export const violates = (error: unknown, index: string): boolean =>
  codeOf(error) === '23505' && members(driverError(error)).constraint_name === index

/** For the person who started a process. drizzle puts the query and its parameters into its message, so what is behind it is said. */
export function reasonOf(error: unknown): string {
  const reason = driverError(error)
  return reason instanceof Error ? reason.message : String(reason)
}

const codeOf = (error: unknown): string | undefined => {
  const { code } = members(driverError(error))
  return typeof code === 'string' ? code : undefined
}

/** drizzle wraps what the driver throws. */
const driverError = (error: unknown): unknown => (error instanceof DrizzleQueryError ? error.cause : error)

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
