import postgres from 'postgres'
import { vi } from 'vitest'
import type { RateLimit } from '@tributary/sdk'
import { createClient, type Client, type Database } from '../db/client.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'
import { createBudget, type Budget, type Payer } from '../engine/budget.ts'
import { parseKeyring, type Keyring } from '../engine/keyring.ts'

export const GET = { method: 'GET', path: '/v1/things' }
export const rate = (requests: number, seconds = 1): RateLimit => ({ per: 'account', requests, seconds })
/** A backfill of the account `acct`, which may send 20 requests a second, if nothing else is said. */
export const payer = (over: Partial<Payer> = {}): Payer => ({
  ...{ key: 'acct', limits: [rate(20)], connection: 'one', priority: 'backfill' },
  ...over,
})

/** What stands for a process of its own: a budget over its own connection to the shared database. */
export type Process = {
  budget: Budget
  db: Database
  /** Calls to the database so far. */
  calls(): number
  /** How long each way to the database takes, and whether there is one. */
  network: { latencyMs: () => number; isDown: boolean }
}

export type Processes = {
  start(options?: { keyring?: Keyring }): Process
  /** Lets time go by until `work` is done. What the database does takes none. */
  finish<Result>(work: Promise<Result>): Promise<Result>
  empty(): Promise<void>
  close(): Promise<void>
}

/**
 * Processes over one real database in virtual time: theirs is what vitest's fake timers show, and so is the database's, behind an
 * offset. To be made before timers are faked.
 */
export async function createProcesses(count: number): Promise<Processes> {
  const database = await createTestDatabase()
  await fakeClock(database)
  const clients = await Promise.all(Array.from({ length: count }, () => connect(database)))
  const underWay = new Set<Promise<unknown>>()
  let started = 0
  return {
    start: ({ keyring = testKeyring } = {}) => startProcess(clients[started++ % count]!.db, keyring, underWay),
    finish: (work) => finish(work, underWay),
    empty: async () => void (await clients[0]!.db.execute('delete from quotas')),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()))
      await database.drop()
    },
  }
}

const testKeyring = parseKeyring(`k1:${Buffer.alloc(32, 7).toString('base64')}`)

/** A `clock_timestamp()` that shows what its session says. Roles are the server's, but a setting like this is one database's. */
async function fakeClock({ adminUrl }: TestDatabase): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  const name = new URL(adminUrl).pathname.slice(1)
  await sql.unsafe(`
    create schema fake;
    grant usage on schema fake to public;
    create function fake.clock_timestamp() returns timestamptz language sql volatile
      as $$ select to_timestamp(current_setting('fake.now')::float8 / 1000) $$;
    alter role tributary_app in database ${name} set search_path = fake, pg_catalog, public`)
  await sql.end()
}

async function connect({ appUrl }: TestDatabase): Promise<Client> {
  const client = createClient(appUrl, { max: 1 })
  await client.db.execute('select 1')
  return client
}

const DATABASE_AHEAD_MS = Date.UTC(2030, 0)

function startProcess(db: Database, keyring: Keyring, underWay: Set<Promise<unknown>>): Process {
  const network = { latencyMs: () => 0, isDown: false }
  let calls = 0
  const oneWay = () => sleep(network.latencyMs())
  async function execute(query: Parameters<Database['execute']>[0]) {
    calls++
    await oneWay()
    if (network.isDown) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' })
    const now = `select set_config('fake.now', '${DATABASE_AHEAD_MS + performance.now()}', false)`
    const work = db.execute(now).then(() => db.execute(query))
    underWay.add(work)
    const answer = await work.finally(() => underWay.delete(work))
    await oneWay()
    return answer
  }
  const far = new Proxy(db, { get: (target, name) => (name === 'execute' ? execute : Reflect.get(target, name)) })
  return { budget: createBudget({ db: far, keyring }), db, calls: () => calls, network }
}

/** Over the global timers, which can be faked. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

async function finish<Result>(work: Promise<Result>, underWay: Set<Promise<unknown>>): Promise<Result> {
  let isDone = false
  const note = () => void (isDone = true)
  work.then(note, note)
  for (;;) {
    await Promise.allSettled(underWay)
    await new Promise(setImmediate)
    if (isDone) return work
    if (underWay.size > 0) continue
    if (vi.getTimerCount() === 0) throw new Error('everybody waits, and nothing will happen any more')
    await vi.advanceTimersToNextTimerAsync()
  }
}
