export type Profile = 'demo' | 'test'

/** Data that must survive a power cut: fsync stays on. The defaults for memory and WAL cost 19-28 % on a big load. */
const demo = { shared_buffers: '256MB', max_wal_size: '4GB', min_wal_size: '256MB' }

/** Data that is thrown away after the run. Commits stay synchronous, so that their order is the real one. */
const test = { shared_buffers: '128MB', max_wal_size: '2GB', fsync: 'off', full_page_writes: 'off' }

/** The command line settings of a server on the loopback interface alone, without a socket file. */
export function postgresSettings(profile: Profile, port: number, holder: number): string[] {
  const settings: Record<string, string | number> = {
    ...(profile === 'demo' ? demo : test),
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Says whose child the server is, to whoever finds it running (postgres-takeover.ts).
    cluster_name: `${holderPrefix}${holder}`,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

const holderPrefix = 'tributary held by '

/** The pid of the process that a server of ours is tied to; undefined for a server that is not ours. */
export function holderOf(clusterName: string): number | undefined {
  return clusterName.startsWith(holderPrefix) ? Number(clusterName.slice(holderPrefix.length)) : undefined
}

/** No lz4 in this build. No locale of the machine's: the same order of text everywhere. */
export const initdbFlags = [
  '--username=postgres',
  '--auth=trust',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--no-sync',
]
