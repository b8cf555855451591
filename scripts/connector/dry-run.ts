import { parseArgs } from 'node:util'
import { ConnectorError, type Account, type Json, type Resource } from '@tributary/sdk'
import { loadRegistry, type Registry } from '../../connectors/registry.ts'
import type { Budget } from '../../engine/budget.ts'
import { createOutbound } from '../../engine/guarded-fetch.ts'
import { openAdapter, type OpenAdapter } from '../../engine/open.ts'
import { systemTime } from '../../engine/time.ts'
import { printReport } from './print-report.ts'
import { readResource } from './read-resource.ts'
import { reportOn, type ResourceReport } from './report.ts'
import { chooseTarget, type Target } from './target.ts'

export type DryRun = { connector: string; target: Target['kind']; account: Account; resources: ResourceReport[] }

export const dryRunUsage = `npm run connector -- dry-run <type> [--pages 2] [--resource <name>]… [--config '{}'] [--file <path>] [--account] [--json]

  Reads the first pages of each resource and shows what the engine would make of them. Writes nothing.

  --pages <n>        of each resource (2)
  --resource <name>  only this one; may be given several times
  --config <json>    the connection's config
  --file <path>      the connection's content, where the connector reads a file
  --postgres-url <u> of an administrator, where the sandbox is a database: it is made there, named as the path says
  --account          a real account instead of the connector's sandbox. Its credentials are asked for, or taken from
                     TRIBUTARY_CREDENTIAL_<NAME>, such as TRIBUTARY_CREDENTIAL_SECRET_KEY, which means --account too
  --json             the whole report as JSON`

/** Gives whether all that was read can be mapped. Throws, with what to do, where nothing can be read. */
export async function dryRun(args: string[]): Promise<boolean> {
  const { type, pages, resources, json, ...options } = readFlags(args)
  const registry = await loadRegistry()
  const { stdin: input, stderr: output } = process
  const terminal = input.isTTY ? { input, output } : undefined
  const target = await chooseTarget(registry.getConnector(type), { ...options, terminal })
  try {
    const report = await readAll(registry, target, { pages, names: resources })
    if (json) console.log(JSON.stringify(report, null, 2))
    else printReport(report, console.log)
    return report.resources.every(({ failure, refused }) => !failure && refused.length === 0)
  } finally {
    await target.close()
  }
}

function readFlags(args: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      pages: text,
      resource: { ...text, multiple: true },
      config: text,
      file: text,
      'postgres-url': text,
      account: flag,
      json: flag,
    },
  })
  const [type, ...others] = positionals
  if (!type || others.length > 0) throw new Error(`Name one connector: ${dryRunUsage}`)
  const { account, json, file } = values
  return {
    type,
    account,
    json,
    file,
    postgresUrl: values['postgres-url'],
    resources: values.resource,
    pages: toPages(values.pages),
    config: toConfig(values.config),
  }
}

function toPages(given = '2'): number {
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given)
  throw new Error(`--pages must be a whole number from 1, not "${given}"`)
}

/** A parser quotes what it read, and a config may say more than is meant for a terminal. */
function toConfig(given = '{}'): Record<string, Json> {
  try {
    const config = JSON.parse(given) as Json
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config
  } catch {
    // Said below.
  }
  throw new Error(`--config must be a JSON object in quotes, like --config '{"key_column":"id"}'`)
}

/** Some pages need no budget; where the source says so, they wait. */
const unshared: Budget = {
  take: () => Promise.resolve({ waitedMs: 0, end: () => {} }),
  pause: () => Promise.resolve(),
}

async function readAll(
  registry: Registry,
  { input, kind }: Target,
  { pages, names }: { pages: number; names: string[] | undefined },
): Promise<DryRun> {
  const allowPrivateTargets = kind === 'sandbox'
  const outbound = createOutbound({ allowPrivate: allowPrivateTargets })
  const deps = { registry, budget: unshared, outbound, time: systemTime, allowPrivateTargets }
  const { signal } = new AbortController()
  const asking = { signal, priority: 'live' } as const
  const account = await askWho(openAdapter(deps, input, asking))
  // The account may have rate limits of its own.
  const opened = openAdapter(deps, { ...input, account }, asking)
  try {
    const resources: ResourceReport[] = []
    for (const resource of await chooseResources(opened, names)) {
      const reading = await readResource(opened, resource, { pages, signal })
      resources.push(reportOn({ entry: opened.entry, account, resource }, reading))
    }
    return { connector: input.connector, target: kind, account, resources }
  } finally {
    await opened.adapter.close?.()
    await outbound.close()
  }
}

async function askWho({ adapter }: OpenAdapter): Promise<Account> {
  try {
    return await adapter.testConnection()
  } finally {
    await adapter.close?.()
  }
}

async function chooseResources({ adapter, entry }: OpenAdapter, names: string[] | undefined): Promise<Resource[]> {
  const all = [...entry.manifest.resources, ...((await adapter.discover?.()) ?? [])]
  const known = all.map(({ name }) => name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const message = `${entry.manifest.type}: there is no resource "${unknown}"; there are ${known.join(', ') || 'none'}`
    throw new ConnectorError('not_found', message)
  }
  return names ? all.filter(({ name }) => names.includes(name)) : all
}
