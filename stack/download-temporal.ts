import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
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
    const archive = join(folder, basename(new URL(info.archiveUrl).pathname))
    await save(info.archiveUrl, archive, say)
    // The system's tar knows gzip by itself, on macOS zip as well.
    await promisify(execFile)('tar', ['-xf', archive, '-C', folder, info.fileToExtract])
    await chmod(join(folder, info.fileToExtract), 0o755)
    await rename(join(folder, info.fileToExtract), target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function askFor(site: string): Promise<DownloadInfo> {
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux'
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const url = `${site}/cli/${temporalVersion}?platform=${platform}&arch=${arch}`
  const response = await get(url, AbortSignal.timeout(5000))
  return (await response.json()) as DownloadInfo
}

async function save(url: string, file: string, say: Say): Promise<void> {
  const stalled = new AbortController()
  const patience = setTimeout(() => stalled.abort(new Error('nothing came for 30 s')), 30_000)
  const response = await get(url, stalled.signal)
  const total = Number(response.headers.get('content-length'))
  let received = 0
  const timer = setInterval(() => say(progressLine(received, total)), 3000)
  try {
    await pipeline(
      Readable.from(response.body ?? []),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          received += chunk.length
          patience.refresh()
          yield chunk
        }
      },
      createWriteStream(file),
    )
  } finally {
    clearInterval(timer)
    clearTimeout(patience)
  }
}

function progressLine(received: number, total: number): string {
  const [done, all] = [received, total].map((bytes) => `${Math.round(bytes / 1e6)} MB`)
  return total ? `Temporal: ${done} of ${all} downloaded` : `Temporal: ${done} downloaded`
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const { host } = new URL(url)
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new Error(`the download failed: cannot reach ${host} (${reasonOf(error)})`, { cause: error })
  })
  if (!response.ok) throw new Error(`the download failed: ${host} answered ${response.status}`)
  return response
}

/** fetch says "fetch failed"; what failed is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message
}
