/** The connectors of this deployment, our own and external ones alike. */
import { join } from 'node:path'
import { ConnectorError } from '@tributary/sdk'
import type { TributaryConfig } from './define-config.ts'
import { findFolders } from './find-folders.ts'
import { loadConnector, type Entry, type JsonSchema, type Loaded } from './load-connector.ts'

export type { Entry, JsonSchema }
export type Registry = {
  /** In alphabetical order of their types. */
  all(): Entry[]
  /** Throws `config_invalid`, naming the known types, for one that is not enabled here. */
  getConnector(type: string): Entry
  /** The JSON schema that a connector declares for an event type, if it does. */
  eventSchema(type: string, eventType: string): JsonSchema | undefined
}
export type RegistryOptions = {
  /** Instead of what tributary.config.ts says. */
  config?: TributaryConfig
  /** Where our own connectors lie. */
  ownRoot?: string
  /** From where external folders and packages are looked for. */
  base?: string
}

/**
 * Finds, loads and checks every enabled connector. Throws one error with all that is wrong, by file and field and with what
 * to do about it: half a registry serves nobody.
 */
export async function loadRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const { ownRoot = import.meta.dirname, base = join(import.meta.dirname, '..') } = options
  const config = options.config ?? (await import('../tributary.config.ts')).default
  const loaded = await Promise.all(findFolders(ownRoot, base, config).map(loadConnector))
  const problems = [...loaded.flatMap((result) => result.problems), ...repeatedTypes(loaded)]
  if (problems.length > 0) throw new Error(`registry: connectors cannot be loaded\n${problems.join('\n')}`)
  return createRegistry(loaded)
}

/** The connector of the connection that an org calls `appKey`; `lookUp` asks the database. Throws `not_found`. */
export async function getConnectorByAppKey(
  registry: Registry,
  lookUp: (appKey: string) => Promise<{ connector: string } | undefined>,
  appKey: string,
): Promise<Entry> {
  const connection = await lookUp(appKey)
  if (connection) return registry.getConnector(connection.connector)
  throw new ConnectorError(
    'not_found',
    `registry: no connection has the app_key "${appKey}"; create it or correct the key`,
  )
}

function repeatedTypes(loaded: Loaded[]): string[] {
  const first = new Map<string, string>()
  return loaded.flatMap(({ entry, from }) => {
    const type = entry?.manifest.type
    const other = type && first.get(type)
    if (type && !other) first.set(type, from)
    return other
      ? [`${from}: manifest.json: type: "${type}" is taken by ${other}; change it, or enable one of the two`]
      : []
  })
}

function createRegistry(loaded: Loaded[]): Registry {
  const byType = new Map(
    loaded.flatMap((result) => (result.entry ? [[result.entry.manifest.type, result] as const] : [])),
  )
  const known = [...byType.keys()].toSorted()
  const find = (type: string): Loaded & { entry: Entry } => {
    const found = byType.get(type)
    if (found?.entry) return { ...found, entry: found.entry }
    const message = `registry: no connector "${type}" is enabled; there are ${known.join(', ') || 'none'} (tributary.config.ts)`
    throw new ConnectorError('config_invalid', message)
  }
  return {
    all: () => known.map((type) => find(type).entry),
    getConnector: (type) => find(type).entry,
    eventSchema: (type, eventType) => find(type).schemas.get(eventType),
  }
}
