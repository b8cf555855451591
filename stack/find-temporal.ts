import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildTemporal } from './build-temporal.ts'
import { downloadTemporal } from './download-temporal.ts'
import { findProgram } from './find-program.ts'

/** Puts the program at `target`, whole or not at all; throws the reason when it cannot. */
export type Fetcher = (options: { target: string; say: (line: string) => void; path: string }) => Promise<void>

export type FindTemporalOptions = {
  /** PATH, as the environment has it. */
  path: string
  /** The program is kept in bin/ of this folder. */
  cacheDir: string
  say: (line: string) => void
  /** The two ways that need a network; other ones are for tests. */
  download?: Fetcher
  build?: Fetcher
}

export type FoundTemporal = { address: string } | { binary: string }

/**
 * Finds a Temporal: the server at `address` (TEMPORAL_ADDRESS); else a `temporal` on the PATH, the cached one, the official download, or
 * what Go builds. Says in a line what it does and why the way before was closed; throws with all reasons and remedies.
 */
export async function findTemporal(options: FindTemporalOptions & { address?: string }): Promise<FoundTemporal> {
  if (!options.address) return { binary: await findTemporalBinary(options) }
  options.say(`Temporal: using the server at ${options.address} (TEMPORAL_ADDRESS)`)
  return { address: options.address }
}

/** The program alone, for who must have a server of his own. */
export async function findTemporalBinary(options: FindTemporalOptions): Promise<string> {
  const reasons = ['TEMPORAL_ADDRESS is not set']
  for (const { what, find } of ways(options)) {
    options.say(`Temporal: ${reasons.at(-1)}; ${what}`)
    try {
      return await find()
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(['Temporal: no way to a server is left.', ...reasons.map((line) => `  - ${line}`), advice].join('\n'))
}

const advice =
  'Do one of these: set TEMPORAL_ADDRESS to the host:port of a server, put `temporal` on the PATH ' +
  '(https://docs.temporal.io/cli), start once with a network for the download, or install Go 1.25 or newer.'

type Way = { what: string; find: () => Promise<string> }

function ways({ path, cacheDir, say, download = downloadTemporal, build = buildTemporal }: FindTemporalOptions): Way[] {
  const cached = join(cacheDir, 'bin/temporal')
  const fetched = async (fetcher: Fetcher) => {
    await fetcher({ target: cached, say, path })
    return checked(cached)
  }
  return [
    { what: 'looking for `temporal` on the PATH', find: () => checked(findProgram('temporal', path)) },
    { what: 'looking in the cache', find: () => checked(findProgram('temporal', join(cacheDir, 'bin'))) },
    { what: 'downloading the CLI from temporal.download (once)', find: () => fetched(download) },
    { what: 'building the CLI with `go install` (once, about 3 minutes)', find: () => fetched(build) },
  ]
}

/** An interrupted copy, or one for another machine in a shared home, is found out here and not by the server's start. */
async function checked(binary: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: 20_000 }).catch((cause: unknown) => {
    throw new Error(`${binary} does not run`, { cause })
  })
  if (!/^temporal version .*Server/.test(stdout))
    throw new Error(`${binary} is not the CLI of Temporal with its server`)
  return binary
}
