import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Connector } from '@tributary/sdk'
import { manifestSchema, type Manifest } from '@tributary/sdk/manifest'
import { z } from 'zod'
import { findProblems } from './check-connector.ts'
import type { Folder } from './find-folders.ts'
import { readJson } from './read-json.ts'

export type JsonSchema = Record<string, unknown>
/** A loaded connector. `configSchema` is what a connection's `config` may be, `dir` its folder on disk. */
export type Entry = { manifest: Manifest; connector: Connector; dir: string; configSchema: JsonSchema }
/** Either everything, or what is wrong with it: file, field and what to do. */
export type Loaded = { from: string; entry?: Entry; schemas: Map<string, JsonSchema>; problems: string[] }

export async function loadConnector(folder: Folder): Promise<Loaded> {
  const { dir, from } = folder
  const { data: manifest, error } = manifestSchema.safeParse(
    readJson(join(dir, 'manifest.json'), `${from}/manifest.json`),
  )
  if (!manifest) return refused(from, error.issues.map(describeIssue))
  const connector = toConnector(await importDefault(folder))
  if (!connector) return refused(from, [`index.ts: ${NO_CONNECTOR}`])
  const { schemas, problems } = readSchemas(manifest, dir)
  problems.push(...misnamed(folder, manifest), ...findProblems(manifest, connector))
  if (problems.length > 0) return refused(from, problems)
  const configSchema = z.toJSONSchema(connector.config, { io: 'input', unrepresentable: 'any' })
  return { from, entry: { manifest, connector, dir, configSchema }, schemas, problems }
}

const refused = (from: string, problems: string[]): Loaded => ({
  from,
  schemas: new Map(),
  problems: problems.map((problem) => `${from}: ${problem}`),
})

const describeIssue = ({ path, message }: z.core.$ZodIssue): string =>
  `manifest.json: ${path.join('.') || 'the whole'}: ${message}; correct it (sdk/manifest.ts has the shape)`

const NO_CONNECTOR =
  'its default export is no connector; write `export default defineConnector({ config, open })`, config a schema of zod 4'

async function importDefault({ entry, from }: Folder): Promise<unknown> {
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(entry).href)) as { default?: unknown }
    return module.default
  } catch (error) {
    throw new Error(`${from}: its code cannot be loaded: ${String(error)}; correct ${entry}`, { cause: error })
  }
}

/** An external package may carry its own copies of zod and the SDK, so shapes are looked at, never classes. */
function toConnector(value: unknown): Connector | undefined {
  return connectorSchema.safeParse(value).success ? (value as Connector) : undefined
}

const isFunction = z.custom((value) => typeof value === 'function')
const connectorSchema = z.looseObject({
  config: z.looseObject({ safeParse: isFunction, _zod: z.unknown() }),
  open: isFunction,
  map: z.record(z.string(), z.looseObject({ toUnified: isFunction })).optional(),
})

/** `enabled` names our own connectors by their folders, before anything is loaded. */
const misnamed = ({ own, dir }: Folder, { type }: Manifest): string[] =>
  own && !dir.endsWith(`/${type}`) ? [`manifest.json: type: is "${type}"; name the folder so too`] : []

function readSchemas({ events }: Manifest, dir: string): Pick<Loaded, 'schemas' | 'problems'> {
  const schemas = new Map<string, JsonSchema>()
  const problems: string[] = []
  for (const [index, { eventType, schemaPath }] of events.entries()) {
    try {
      schemas.set(eventType, readJson(join(dir, schemaPath), schemaPath) as JsonSchema)
    } catch (error) {
      problems.push(`manifest.json: events.${index}.schemaPath: ${(error as Error).message}`)
    }
  }
  return { schemas, problems }
}
