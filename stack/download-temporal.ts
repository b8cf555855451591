import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { temporalVersion } from './build-temporal.ts'
import { makeWorkFolder } from './work-folder.ts'

type DownloadInfo = { archiveUrl: string; fileToExtract: string }
type Say = (line: string) => void
export type DownloadOptions = { target: string; say: Say; site?: string }

/**
 * Downloads the CLI of Temporal as @temporalio/testing does: the site says which archive fits this machine. Says how far
 * it is every few seconds; throws within 5 s when there is no network.
 */
export async function downloadTemporal({ target, say, site = 'https://temporal.download' }: DownloadOptions) {
  const info = await askFor(site)
  const folder = await makeWorkFolder(dirname(target), 'download')
  try {
    const program = join(folder, info.fileToExtract)
    await save(info.archiveUrl, join(folder, 'archive'), say)
    await promisify(execFile)('tar', ['-xzf', join(folder, 'archive'), '-C', folder, info.fileToExtract])
    await chmod(program, 0o755)
    await rename(program, target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function askFor(site: string): Promise<DownloadInfo> {
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux'
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const url = `${site}/cli/${temporalVersion}?platform=${platform}&arch=${arch}`
  try {
    return (await (await get(url, AbortSignal.timeout(5000))).json()) as DownloadInfo
  } catch (error) {
    throw failed(url, error)
  }
}

async function save(url: string, file: string, say: Say): Promise<void> {
  const stalled = new AbortController()
  const patience = setTimeout(() => stalled.abort(new Error('nothing came for 30 s')), 30_000)
  const progress = { received: 0, total: 0 }
  const timer = setInterval(() => say(progressLine(progress)), 3000)
  try {
    const response = await get(url, stalled.signal)
    progress.total = Number(response.headers.get('content-length'))
    await pipeline(
      Readable.from(response.body ?? []),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          progress.received += chunk.length
          patience.refresh()
          yield chunk
        }
      },
      createWriteStream(file),
    )
  } catch (error) {
    throw failed(url, error)
  } finally {
    clearInterval(timer)
    clearTimeout(patience)
  }
}

function progressLine({ received, total }: { received: number; total: number }): string {
  const [done, all] = [received, total].map((bytes) => `${Math.round(bytes / 1e6)} MB`)
  return total ? `Temporal: ${done} of ${all} downloaded` : `Temporal: ${done} downloaded`
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  return response
}

/** fetch says "fetch failed" or "terminated"; what failed is in its cause. */
function failed(url: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = cause instanceof Error ? ('code' in cause && cause.code) || cause.message : cause
  return new Error(`the download from ${new URL(url).host} failed (${String(reason)})`, { cause: error })
}
