import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { migrate } from '../../db/migrate.ts'
import { startPostgres } from '../../stack/postgres.ts'
import { databaseUrl } from '../../stack/test-database.ts'

export type BenchDatabase = { adminUrl: string; appUrl: string; drop(): Promise<void> }
export type BenchPostgres = {
  /** Of the server, whose children are its sessions. */
  pid: number
  version: string
  /** A fresh database with our newest schema, or with nothing. */
  create(kind: 'ours' | 'empty'): Promise<BenchDatabase>
  /** Bytes of write-ahead log since ever. */
  walBytes(): Promise<number>
  stop(): Promise<void>
}

const TEMPLATE = 'bench_template'

/** One server for all contenders, with the settings of `npm start`: everything that is committed survives a power cut. */
export async function startBenchPostgres(dir: string): Promise<BenchPostgres> {
  const server = await startPostgres({ dir: join(dir, 'postgres'), profile: 'demo' })
  const sql = postgres(server.url, { max: 1, onnotice: () => {} })
  await sql`create database ${sql(TEMPLATE)}`
  const template = databaseUrl(server.url, TEMPLATE)
  await migrate({ adminUrl: template, appUrl: databaseUrl(server.url, TEMPLATE, 'tributary_app') })
  const [row] = await sql<{ pid: number; version: string }[]>`
    select pg_backend_pid() as pid, current_setting('server_version') as version`
  return {
    pid: parentOf(row!.pid),
    version: row!.version,
    create: (kind) => createDatabase(sql, server.url, kind),
    walBytes: async () => Number((await sql`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`)[0]!.bytes),
    stop: async () => {
      await sql.end()
      await server.stop()
    },
  }
}

/** What the run before has left to be written is written before the next one is measured. */
async function createDatabase(sql: postgres.Sql, url: string, kind: 'ours' | 'empty'): Promise<BenchDatabase> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  await sql`create database ${sql(name)} template ${sql(kind === 'ours' ? TEMPLATE : 'template1')}`
  await sql`checkpoint`
  return {
    adminUrl: databaseUrl(url, name),
    appUrl: databaseUrl(url, name, kind === 'ours' ? 'tributary_app' : 'postgres'),
    drop: async () => void (await sql`drop database ${sql(name)} with (force)`),
  }
}

const parentOf = (pid: number) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/PPid:\s+(\d+)/)![1])
