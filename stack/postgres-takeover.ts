import { readFileSync } from 'node:fs'
import { realpath, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { holderOf } from './postgres-settings.ts'
import { isRunning, readProcess } from './process-table.ts'

export type PostgresLock = { pid: number; port: number; ready: boolean }
type Outlook = 'free' | 'held' | 'ending' | 'silent'

/** What the server wrote to postmaster.pid; undefined when there is no such file or it is half written. */
export function readLock(data: string): PostgresLock | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    const [pid, port] = [Number(lines[0]), Number(lines[3])]
    return pid > 0 ? { pid, port, ready: lines[7]?.trim() === 'ready' } : undefined
  } catch {
    return undefined
  }
}

/**
 * Settles what an earlier start left in the data folder, so that a server of our own can start in it (undefined), or
 * gives the port of a live one whose holder is still there. One whose holder has gone is about to end by itself.
 */
export async function settleEarlier(data: string, say: (line: string) => void): Promise<number | undefined> {
  let said = false
  for (let waited = 0; waited < 10_000; waited += 100) {
    const lock = readLock(data)
    const outlook = await judge(data, lock)
    if (outlook === 'held') return lock?.port
    if (outlook === 'free') return lock && removeLock(data)
    if (!said) say('Postgres: an earlier one is still ending, waiting for it')
    said = true
    // The one that the holder left behind had its time: ask it ourselves.
    if (waited === 5000 && outlook === 'ending' && lock) process.kill(lock.pid, 'SIGINT')
    await sleep(100)
  }
  throw new Error(
    `Postgres: process ${readLock(data)?.pid} holds ${data} and does not answer. End it (kill -INT), then start again.`,
  )
}

/** The server would refuse to start for as long as the pid is taken, be it by a zombie or by a process of somebody else's. */
async function removeLock(data: string): Promise<undefined> {
  await rm(join(data, 'postmaster.pid'), { force: true })
}

/** The lock of a server that was killed names a pid that is gone, waits to be collected, or is somebody else's by now. */
async function judge(data: string, lock?: PostgresLock): Promise<Outlook> {
  const holderOfLock = lock && readProcess(lock.pid)
  if (!holderOfLock || holderOfLock.ended || !basename(holderOfLock.argv[0] ?? '').startsWith('postgres')) return 'free'
  const answer = await ask(lock.port)
  if (!answer || answer.data !== (await realpath(data))) return 'silent'
  const holder = holderOf(answer.clusterName)
  return holder === undefined || isRunning(holder) ? 'held' : 'ending'
}

async function ask(port: number): Promise<{ data: string; clusterName: string } | undefined> {
  const sql = postgres({ host: '127.0.0.1', port, user: 'postgres', max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    const rows = await sql<{ data: string; name: string }[]>`
      select current_setting('data_directory') as data, current_setting('cluster_name') as name`
    const row = rows[0]
    return row && { data: await realpath(row.data), clusterName: row.name }
  } catch {
    return undefined
  } finally {
    await sql.end({ timeout: 1 })
  }
}
