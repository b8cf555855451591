import type { FaultName } from './faults.ts'

/** One request, by the provider's clock. `path` has its query; a key is never in here. */
export type LoggedRequest = { n: number; method: string; path: string; at: number; status: number; fault?: FaultName }

export type RequestLog = {
  /** Oldest first; `status` is 0 until it is answered. */
  readonly entries: readonly LoggedRequest[]
  /** How many came, in all or for one path (without its query). */
  count(path?: string): number
  byPath(): Record<string, number>
  clear(): void
}

export type WritableLog = RequestLog & { add(method: string, path: string): LoggedRequest }

/** `n` goes on counting over a `clear`, so that a request keeps its number. */
export function createRequestLog(now: () => number): WritableLog {
  const entries: LoggedRequest[] = []
  let n = 0
  return {
    entries,
    count: (path) => (path === undefined ? entries.length : entries.filter((entry) => pathOf(entry) === path).length),
    byPath: () => countBy(entries.map(pathOf)),
    clear: () => void entries.splice(0),
    add(method, path) {
      const entry: LoggedRequest = { n: ++n, method, path, at: now(), status: 0 }
      entries.push(entry)
      return entry
    },
  }
}

const pathOf = (entry: LoggedRequest) => entry.path.split('?', 1)[0] ?? ''

function countBy(paths: string[]) {
  const counts: Record<string, number> = {}
  for (const path of paths) counts[path] = (counts[path] ?? 0) + 1
  return counts
}
