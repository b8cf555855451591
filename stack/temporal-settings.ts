/**
 * The development server has one shard, whose queues it polls at most 20 times a second by default: each activity then
 * waits 100 ms for its turn. With these limits lifted a workflow of one activity takes 20 ms instead of 150.
 */
const dynamicConfig: Record<string, number | boolean> = {
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.transferProcessorMaxPollHostRPS': 10_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollHostRPS': 10_000,
  'history.rps': 10_000,
  'matching.rps': 10_000,
  'frontend.rps': 10_000,
  'frontend.namespaceRPS': 10_000,
  'frontend.namespaceRPS.visibility': 100,
  'matching.enableFairness': true,
}

export type TemporalSettings = {
  namespace: string
  port: number
  /** No Web UI without one. */
  uiPort?: number
  /** Workflows are kept in this file; in memory, and lost with the server, without one. */
  dbFile?: string
  searchAttributes: Record<string, 'Keyword' | 'Int'>
}

/** The arguments of `temporal` for a development server on the loopback interface alone. */
export function temporalArguments(settings: TemporalSettings): string[] {
  const { namespace, port, uiPort, dbFile, searchAttributes } = settings
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
    ...(uiPort ? ['--ui-port', String(uiPort)] : ['--headless']),
    ...(dbFile ? ['--db-filename', dbFile, ...each('--sqlite-pragma', sqlitePragmas)] : []),
    ...each('--search-attribute', searchAttributes),
    ...each('--dynamic-config-value', dynamicConfig),
    ...['--log-level', 'error', '--color', 'never'],
  ]
}

const sqlitePragmas = { journal_mode: 'WAL', synchronous: 'NORMAL' }

function each(flag: string, values: Record<string, string | number | boolean>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`])
}
