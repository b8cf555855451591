import { ConnectorError, isConnectorError, type ErrorCode } from '@tributary/sdk'
import postgres from 'postgres'

export const postgresError = (code: ErrorCode, message: string): ConnectorError =>
  new ConnectorError(code, `postgres: ${message}`)

export const configError = (problem: string, advice: string): ConnectorError =>
  postgresError('config_invalid', `${problem}; ${advice}`)

/**
 * Names what happened and what to do. The server's own words are left out, and so are errors as causes: they quote the values
 * of rows, and postgres.js ties to them the parameters of the statement.
 */
export function toConnectorError(error: unknown): ConnectorError {
  if (isConnectorError(error)) return postgresError(error.code, error.message.replace(/^postgres: /, ''))
  const { code = '' } = error as { code?: string }
  const [kind, message] = known.get(code) ?? (error instanceof postgres.PostgresError ? byClass(code) : LOST)
  return postgresError(kind, `${message} (${/^\w+$/.test(code) ? code.slice(0, 32) : 'no code'})`)
}

type Refusal = [code: ErrorCode, message: string]

const SET_ANOTHER = 'set others with PUT /v1/connections/:id/credentials'
const CODES = 'https://www.postgresql.org/docs/current/errcodes-appendix.html'
const CHANGED: Refusal = ['not_found', 'the table is not as it was when it was found; sync again']
const LOST: Refusal = ['upstream_unavailable', 'the connection broke; ask again']
const TIMEOUT =
  'the server stopped the statement; raise statement_timeout_seconds, or add an index on the columns of the key or the cursor'
const BUSY: Refusal = ['upstream_unavailable', 'the server is not able to answer; ask again']

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and the codes of postgres.js. */
const known = new Map<string, Refusal>([
  ['28P01', ['auth_failed', `user or password are not accepted; ${SET_ANOTHER}`]],
  ['28000', ['auth_failed', `the user may not log in from here; correct pg_hba.conf there, or ${SET_ANOTHER}`]],
  ['3D000', ['config_invalid', 'there is no such database; correct `database`']],
  ['42501', ['forbidden', 'the user may not read this; grant it SELECT, and USAGE of the schema']],
  ['57014', ['upstream_unavailable', TIMEOUT]],
  ['SASL_SIGNATURE_MISMATCH', ['config_invalid', 'the server does not know the password itself; correct `host`']],
  ...['25P03', '25P04'].map((code) => [code, BUSY] as const),
  ...['42P01', '42703', '42704', '3F000'].map((code) => [code, CHANGED] as const),
])

/** Connection lost, resources, an operator, what passes by itself, the system, the server's own mistakes. */
const PASSING = new Set(['08', '40', '53', '55', '57', '58', 'XX'])

const byClass = (code: string): Refusal =>
  PASSING.has(code.slice(0, 2)) ? BUSY : ['invalid_request', `the statement was refused; look the code up in ${CODES}`]
