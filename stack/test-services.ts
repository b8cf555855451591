import { chmod, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { launcherConfig } from '../config.ts'
import { connectorSql } from '../connectors/assemble-migrations.ts'
import { loadRegistry } from '../connectors/registry.ts'
import { migrate } from '../db/migrate.ts'
import { SEARCH_ATTRIBUTES } from '../temporal/names.ts'
import { cacheFolder } from './cache-folder.ts'
import { findTemporalBinary } from './find-temporal.ts'
import { startPostgres } from './postgres.ts'
import { databaseUrl, templateName } from './test-database.ts'
import { startTemporal, type RunningTemporal } from './temporal.ts'
import { workflowBundle } from '../workers/workflow-bundle.ts'
import { makeWorkFolder } from './work-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the superuser. A test file asks for a database of its own: `createTestDatabase()`. */
    postgresUrl: string
    /** host:port of the server that all files of the run share: take a task queue and ids of your own. */
    temporalAddress: string
    /** Folder with the bundled workflows, so that not each file bundles them. */
    bundleDir: string
  }
}

/** Vitest's global set-up: one Postgres with a migrated template database and one Temporal for the whole run. */
export default async function startTestServices(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeDataFolder()
  const bundleDir = join(folder, 'bundle')
  const starts = [startPostgres({ dir: folder, profile: 'test' }), startTestTemporal()] as const
  const stop = async () => {
    for (const start of await Promise.allSettled(starts)) if (start.status === 'fulfilled') await start.value.stop()
    await rm(folder, { recursive: true })
  }
  try {
    const [database, temporal] = await Promise.all(starts)
    await Promise.all([makeTemplate(database.url), workflowBundle(bundleDir)])
    project.provide('bundleDir', bundleDir)
    project.provide('postgresUrl', database.url)
    project.provide('temporalAddress', temporal.address)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

/** In memory where there is room: a database is cloned in 24 ms there, and in 140-370 ms on a disk. */
async function makeDataFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined)
  const hasRoom = memory && memory.bavail * memory.bsize >= 2 * 1024 ** 3
  const folder = await makeWorkFolder(hasRoom ? '/dev/shm' : tmpdir(), 'tributary-test')
  await chmod(folder, 0o755)
  return folder
}

/** As `npm run migrate` leaves a database. */
async function makeTemplate(server: string): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  try {
    await sql`create database ${sql(templateName)}`
    const appUrl = databaseUrl(server, templateName, 'tributary_app')
    const adminUrl = databaseUrl(server, templateName)
    await migrate({ adminUrl, appUrl, connectorSql: await connectorSql(await loadRegistry()) })
    // A template that is in use cannot be cloned: nobody gets in any more.
    await sql`alter database ${sql(templateName)} with allow_connections false is_template true`
  } finally {
    await sql.end()
  }
}

/** Found as `npm start` finds it, but never the one of TEMPORAL_ADDRESS: tests do not run on somebody's real server. */
async function startTestTemporal(): Promise<RunningTemporal> {
  const { PATH, XDG_CACHE_HOME } = launcherConfig()
  const binary = await findTemporalBinary({ path: PATH, cacheDir: cacheFolder(XDG_CACHE_HOME), say: () => {} })
  return startTemporal({ binary, headless: true, searchAttributes: SEARCH_ATTRIBUTES })
}
