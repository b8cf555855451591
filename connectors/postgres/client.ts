import type { Duplex } from 'node:stream'
import type { Context } from '@tributary/sdk'
import postgres from 'postgres'
import type { Config } from './config.ts'
import { postgresError, toConnectorError } from './errors.ts'
import { createLogIn } from './log-in.ts'

/** Every column of every statement is text. */
export type Row = Record<string, string | null>
export type Statement = { text: string; values?: string[] }
export type Client = {
  /** The rows of one statement, in a transaction that only reads, and sees one state of the database. Throws ConnectorError only. */
  ask(statement: Statement): Promise<Row[]>
  close(): Promise<void>
}

/** As much as `fetch` takes in of one answer: a server that does not keep to what it was asked for fills no memory. */
const MAX_BYTES = 64 * 1024 * 1024

/** One connection, that is opened for the first statement; statements wait for each other. */
export function createClient(context: Context<Config>): Client {
  let sql: postgres.Sql | undefined
  let last: Promise<unknown> = Promise.resolve()
  let heard = 0
  const limit = (line: Duplex) =>
    line.on('data', (chunk: Buffer) => {
      heard += chunk.length
      if (heard > MAX_BYTES) line.destroy(postgresError('upstream_unavailable', 'the answer is larger than 64 MiB'))
    })
  return {
    ask(statement) {
      const answer = last.then(() => askNow(statement))
      last = answer.catch(() => {})
      return answer
    },
    close,
  }

  async function askNow(statement: Statement): Promise<Row[]> {
    try {
      context.signal.throwIfAborted()
      sql ??= connect(context, limit)
      heard = 0
      return await inTransaction(sql, statement, settings(context.config))
    } catch (error) {
      if (!isAlive(error)) await close()
      context.signal.throwIfAborted()
      throw toConnectorError(error)
    }
  }

  async function close(): Promise<void> {
    const ending = sql
    sql = undefined
    await ending?.end({ timeout: 0 })
  }
}

/**
 * Not by `sql.begin`, which rolls back over connections that are lost, and by that ends the process (porsager/postgres#1208).
 * With a lost one nothing more can be done but to forget it, together with what postgres.js remembers of it.
 */
async function inTransaction(sql: postgres.Sql, { text, values = [] }: Statement, settings: string): Promise<Row[]> {
  try {
    await sql.unsafe(`begin isolation level repeatable read read only; ${settings}`)
    const rows = await sql.unsafe<Row[]>(text, values)
    await sql.unsafe('commit')
    return [...rows]
  } catch (error) {
    if (isAlive(error)) await sql.unsafe('rollback')
    throw error
  }
}

/** The server refused one statement, and listens to the next. */
const isAlive = (error: unknown): boolean => error instanceof postgres.PostgresError && error.severity === 'ERROR'

/** What postgres.js is not told here it may take from the environment. */
function connect(context: Context<Config>, limit: (line: Duplex) => Duplex): postgres.Sql {
  const { host, port, database } = context.config
  const logIn = createLogIn(context, context.secret('password'))
  const options = {
    ...{ host, port, database, user: context.secret('user'), password: logIn.password },
    ...{ max: 1, ssl: false, prepare: false, fetch_types: false, backoff: false },
    ...{ connect_timeout: 10, idle_timeout: 60, max_lifetime: 3600 },
    socket: async () => limit(await logIn.open()),
    connection: { application_name: 'tributary' },
    onnotice: () => {},
  }
  return postgres(options)
}

/**
 * For one transaction, since behind a pooler the next one may run elsewhere. The forms in which values are written are set,
 * so that they are the same whoever owns the database, and exact.
 */
const settings = ({ statement_timeout_seconds: seconds }: Config): string => `
  set local statement_timeout = '${seconds}s'; set local idle_in_transaction_session_timeout = '${seconds}s';
  set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'iso_8601';
  set local bytea_output = 'hex'; set local extra_float_digits = 3`
