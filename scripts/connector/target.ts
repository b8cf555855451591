import { readFile } from 'node:fs/promises'
import type { Json } from '@tributary/sdk'
import { credentialsConfig, credentialVariable } from '../../config.ts'
import { loadSandbox } from '../../connectors/load-sandbox.ts'
import type { Entry } from '../../connectors/registry.ts'
import type { AdapterInput } from '../../engine/open.ts'
import { givenUpload } from '../../engine/upload.ts'
import { askHidden, type Terminal } from './ask-hidden.ts'

/** What a connector is tried against. Only a sandbox of our own may be at a private address. */
export type Target = { kind: 'sandbox' | 'account'; input: AdapterInput; close(): Promise<void> }
export type TargetOptions = {
  account: boolean
  file: string | undefined
  config: Record<string, Json>
  /** Where a sandbox that is a database is made. */
  postgresUrl: string | undefined
  /** Where credentials can be asked for; absent where nobody sits. */
  terminal: Terminal | undefined
}

/**
 * A real account where one is asked for, a credential of it is in the environment, or a file is given; else the connector's
 * sandbox, whose config goes beneath what is given. Throws, naming each credential that is missing.
 */
export async function chooseTarget(entry: Entry, options: TargetOptions): Promise<Target> {
  const given = credentialsConfig(Object.keys(entry.manifest.credentialSchema))
  const isReal = options.account || options.file !== undefined || Object.keys(given).length > 0
  return isReal ? openAccount(entry, given, options) : startSandbox(entry, options)
}

async function startSandbox(entry: Entry, { config, postgresUrl }: TargetOptions): Promise<Target> {
  const sandbox = await (await loadSandbox(entry)).start(postgresUrl === undefined ? {} : { postgresUrl })
  const { credentials, upload } = sandbox
  const input = {
    connector: entry.manifest.type,
    config: { ...sandbox.config, ...config },
    credentials,
    ...(upload && { upload }),
  }
  return { kind: 'sandbox', input, close: () => sandbox.close() }
}

async function openAccount(
  entry: Entry,
  given: Record<string, string>,
  { config, file, terminal }: TargetOptions,
): Promise<Target> {
  const credentials = await completed(entry, given, terminal)
  const upload = file === undefined ? {} : { upload: givenUpload(await readContent(file)) }
  return {
    kind: 'account',
    input: { connector: entry.manifest.type, config, credentials, ...upload },
    close: () => Promise.resolve(),
  }
}

async function completed({ manifest }: Entry, given: Record<string, string>, terminal: Terminal | undefined) {
  const credentials = { ...given }
  const required = Object.entries(manifest.credentialSchema).filter(([, field]) => field.required)
  const missing = required.filter(([name]) => !given[name])
  if (missing.length > 0 && !terminal)
    throw missingError(
      manifest.type,
      missing.map(([name]) => name),
    )
  for (const [name, { label }] of missing)
    credentials[name] = await askHidden(`${name} (${label}), not shown: `, terminal!)
  return credentials
}

const missingError = (type: string, names: string[]) =>
  new Error(
    `${type}: ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing; set ${names.map(credentialVariable).join(' and ')}, or run it in a terminal and be asked`,
  )

async function readContent(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`--file ${file} cannot be read (${code}); give the path of a file`, { cause: error })
  }
}
