import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { findPostgresBinaries, type BinaryPlaces } from './postgres-binaries.ts'
import { createDatabase, placeData, type DataPlace } from './postgres-data.ts'
import { postgresSettings, type Profile } from './postgres-settings.ts'
import { readLock, settleEarlier } from './postgres-takeover.ts'
import { explain } from './stack-error.ts'
import { spawnTied, type TiedProcess } from './tied-process.ts'

export type PostgresOptions = {
  /** The folder that is ours to keep the data in; made when it is missing. */
  dir: string
  profile: Profile
  /** Preferred; the next free one is taken when it is not. */
  port?: number
  say?: (line: string) => void
  binaries?: BinaryPlaces
}

export type RunningPostgres = {
  /** Logs in as the superuser `postgres`, without a password, from this machine only. */
  url: string
  port: number
  /** Settles with what happened when the server ends, asked to or not; never for one that somebody else started. */
  ended: Promise<string>
  stop: () => Promise<void>
}

/**
 * Starts the Postgres that npm installed, on 127.0.0.1, with its data in `dir`; it dies with this process. One that
 * another live process of ours has already started on the same data is used as it is, and outlives our `stop`.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { say = () => {} } = options
  const place = await placeData(options.dir)
  if (place.home !== options.dir) say(`Postgres: its user cannot enter ${options.dir}; the data lie in ${place.data}`)
  const binaries = await findPostgresBinaries(place.user, options.binaries)
  for (let attempt = 1; ; attempt++) {
    const port = await settleEarlier(place.data, say)
    if (port) return reuse(port, place, say)
    await createDatabase(place, binaries, say)
    const started = await launch(place, binaries, options)
    if (started.ready) return running(started.server, started.port)
    if (attempt === 5 || !isRace(started.lines)) throw explain('Postgres did not start', undefined, started.lines)
    await sleep(200)
  }
}

type Launch = { ready: true; server: TiedProcess; port: number } | { ready: false; lines: string[] }

async function launch({ data, user }: DataPlace, binaries: string, options: PostgresOptions): Promise<Launch> {
  const port = await freePort(options.port)
  const server = spawnTied({
    command: join(binaries, 'bin/postgres'),
    args: ['-D', data, ...postgresSettings(options.profile, port, process.pid)],
    cwd: '/',
    user,
    // Fast, then immediate: a clean stop saves the next start from replaying the log.
    whenOrphaned: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
  })
  const ended = server.exited.then(() => true)
  for (let waited = 0; ; waited += 20) {
    const lock = readLock(data)
    if (lock?.pid === server.pid && lock.ready) return { ready: true, server, port }
    if (await Promise.race([ended, sleep(20, false)])) return { ready: false, lines: server.lastLines() }
    if (waited % 5000 === 4980) options.say?.('Postgres: still starting (it replays its log after an unclean stop)')
  }
}

/** The port or the data were taken between our look and the server's, or a killed server's memory is still in use. */
function isRace(lines: string[]): boolean {
  return /already in use|still in use|lock file .* already exists/.test(lines.join('\n'))
}

function running(server: TiedProcess, port: number): RunningPostgres {
  return {
    url: urlOf(port),
    port,
    ended: server.exited.then((how) => [`Postgres has ended (${how})`, ...server.lastLines()].join('\n  ')),
    stop: () => server.stop('SIGINT', 4000),
  }
}

function reuse(port: number, { data }: DataPlace, say: (line: string) => void): RunningPostgres {
  say(`Postgres: using the one that another process runs on ${data}, port ${port}`)
  return { url: urlOf(port), port, ended: new Promise(() => {}), stop: () => Promise.resolve() }
}

function urlOf(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}
