import { join } from 'node:path'
import postgres from 'postgres'
import { API_VERSION } from '../../connectors/stripe/sandbox/wire.ts'
import type { Contender, Run } from '../contender.ts'
import { checkTruth, type Kept } from '../gate.ts'
import { measure, type Stage } from '../stage.ts'
import type { BenchDatabase } from '../stand/postgres.ts'
import { watchProgram, watchTypeScript, type Watched } from '../stand/watched.ts'
import type { PeerTask } from './announce.ts'

type Settings = { best: boolean; rate?: number }
/** `keeping` tells which tables hold what, once they are there. */
type Peer = {
  name: string
  start(task: PeerTask): Watched
  keeping(databaseUrl: string): Promise<Kept[]>
}
type Keeping = Peer['keeping']

const TABLES = { customer: 'customers', charge: 'charges' }
/** Of the peers' own, in a row beside the object's fields. */
const NOTES = ['updated_at', 'last_synced_at', 'deleted']
const READY_MS = 60_000
const DONE_MS = 300_000

const engine: Peer = { name: '@stripe/sync-engine', start: startFile('sync-engine.ts'), keeping: rawKept('_raw_data') }
const supabase: Peer = { name: '@supabase/stripe-sync-engine', start: startFile('supabase.ts'), keeping: columnsKept }

/** Each at its best, and once as it comes. */
export const npmPeers = (): Contender[] => [engine, supabase].map(atBest).concat([engine, supabase].map(asItComes))

/** The one that knows a limit of requests a second, held to it. */
export const pacedPeer = (rate: number): Contender => contender(engine, `${rate} requests/s`, { best: true, rate })

/** `python`: of an environment that has dlt. */
export function dltPeers(python: string): Contender[] {
  const start = (task: PeerTask) =>
    watchProgram({ command: python, args: [join(import.meta.dirname, 'dlt_pipeline.py'), JSON.stringify(task)] })
  return [
    atBest({ name: 'dlt', start, keeping: rawKept('payload') }),
    asItComes({ name: 'dlt', start, keeping: columnsKept }),
  ]
}

const atBest = (peer: Peer): Contender => contender(peer, 'best settings', { best: true })
const asItComes = (peer: Peer): Contender => ({ ...contender(peer, 'defaults', { best: false }), rounds: 1 })

function startFile(file: string) {
  return (task: PeerTask) => watchTypeScript(join(import.meta.dirname, file), { args: [JSON.stringify(task)] })
}

const contender = ({ name, start, keeping }: Peer, how: string, settings: Settings): Contender => ({
  name: `${name}, ${how}`,
  async run(stage) {
    const database = await stage.postgres.create('empty')
    const child = start(taskOf(stage, database, settings))
    try {
      const run = await measurePeer(stage, child)
      return { ...run, wrong: await checkTruth(database.adminUrl, stage.sandbox, await keeping(database.adminUrl)) }
    } finally {
      await child.stop()
      await database.drop()
    }
  },
})

async function measurePeer(stage: Stage, child: Watched): Promise<Run> {
  await child.line('bench: start', READY_MS)
  return measure(stage, { pids: [child.pid] }, async () => Number(await child.line('bench: done ', DONE_MS)))
}

function taskOf({ sandbox }: Stage, database: BenchDatabase, settings: Settings): PeerTask {
  const { hostname, port } = new URL(sandbox.url)
  const { secretKey, accountId } = sandbox
  const address = { host: hostname, port: Number(port) }
  return { ...address, databaseUrl: database.adminUrl, secretKey, accountId, apiVersion: API_VERSION, ...settings }
}

function rawKept(column: string): Keeping {
  const query = (table: string) => `select "${column}"::text as object from stripe.${table}`
  return () => Promise.resolve(Object.entries(TABLES).map(([resource, table]) => ({ resource, query: query(table) })))
}

/** Of a peer that keeps no object whole: what it has columns for, its own notes left out. */
function columnsKept(databaseUrl: string): Promise<Kept[]> {
  return Promise.all(Object.entries(TABLES).map(([resource, table]) => columnsOf(databaseUrl, resource, table)))
}

async function columnsOf(databaseUrl: string, resource: string, table: string): Promise<Kept> {
  const sql = postgres(databaseUrl, { max: 1 })
  const rows = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_schema = 'stripe' and table_name = ${table} and column_name not like '\\_%'`
  await sql.end()
  const fields = rows.map(({ name }) => name).filter((name) => !NOTES.includes(name))
  return { resource, query: `select to_jsonb(t)::text as object from stripe.${table} t`, fields }
}
