import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { freePort } from './free-port.ts'
import { explain } from './stack-error.ts'
import { temporalArguments, type TemporalSettings } from './temporal-settings.ts'
import { spawnTied, type TiedProcess } from './tied-process.ts'

export type TemporalOptions = {
  /** The program `temporal`, as `findTemporal` gives it. */
  binary: string
  dbFile?: string
  /** Preferred; the next free ones are taken when they are not. */
  port?: number
  uiPort?: number
  /** No Web UI. */
  headless?: boolean
  namespace?: string
  searchAttributes?: TemporalSettings['searchAttributes']
}

export type RunningTemporal = {
  /** host:port */
  address: string
  pid: number
  uiUrl?: string
  /** Settles with what happened when the server ends, asked to or not. */
  ended: Promise<string>
  stop: () => Promise<void>
}

/** Starts a development server of Temporal on 127.0.0.1 that answers for its namespace; it dies with this process. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  if (options.dbFile) await makeFolderOf(options.dbFile)
  for (let attempt = 1; ; attempt++) {
    const settings = await settle(options)
    const server = spawnTied({
      command: options.binary,
      args: temporalArguments(settings),
      // At once: a start that follows must not find two servers on one file. Its write-ahead log survives this.
      whenOrphaned: ['SIGKILL'],
    })
    const failure = await untilReady(server, settings)
    if (!failure) return running(server, settings)
    await server.stop('SIGKILL')
    // Another process took the port between our look and the server's.
    const isRace = /address already in use/.test(server.lastLines().join('\n'))
    if (attempt === 5 || !isRace) throw explain(`Temporal did not start: ${failure}`, undefined, server.lastLines())
  }
}

async function makeFolderOf(dbFile: string): Promise<void> {
  try {
    await mkdir(dirname(dbFile), { recursive: true })
  } catch (error) {
    throw explain(`Temporal: cannot keep its data in ${dbFile}`, error)
  }
}

async function settle(options: TemporalOptions): Promise<TemporalSettings> {
  const port = await freePort(options.port)
  // The server's own choice, 1000 above its port, may be taken.
  const uiPort = options.headless ? undefined : await freePort(options.uiPort ?? port + 1000, [port])
  return { namespace: 'default', searchAttributes: {}, ...options, port, uiPort }
}

/** Says why not, when it is not ready: it has ended, or 30 s have passed. */
async function untilReady(server: TiedProcess, settings: TemporalSettings): Promise<string | undefined> {
  const ended = server.exited.then((how) => `it ended with ${how}`)
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    if (await answers(settings)) return undefined
    const how = await Promise.race([ended, sleep(20, undefined)])
    if (how) return how
  }
  return 'it did not answer within 30 s'
}

async function answers({ port, namespace }: TemporalSettings): Promise<boolean> {
  // A gRPC connection that is refused waits a second before its next try.
  if (!(await listens(port))) return false
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` })
  try {
    await connection.withDeadline(Date.now() + 2000, () => connection.workflowService.describeNamespace({ namespace }))
    return true
  } catch {
    return false
  } finally {
    await connection.close()
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

function running(server: TiedProcess, { port, uiPort, dbFile }: TemporalSettings): RunningTemporal {
  return {
    address: `127.0.0.1:${port}`,
    pid: server.pid,
    uiUrl: uiPort ? `http://127.0.0.1:${uiPort}` : undefined,
    ended: server.exited.then((how) => [`Temporal has ended (${how})`, ...server.lastLines()].join('\n  ')),
    // It may take seconds to leave in good order, and loses nothing when it is not waited for.
    stop: () => (dbFile ? server.stop('SIGTERM', 1500) : server.stop('SIGKILL')),
  }
}
