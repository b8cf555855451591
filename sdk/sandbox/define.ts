import type { Json, Upload } from '../connector.ts'
import { createClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { createFaults } from './faults.ts'
import type { Faults } from './faults.ts'
import type { HttpSide } from './http.ts'

/** A running fake provider: a server of its own, or a database. What can need a round trip may be a promise: await it. */
export type Sandbox = {
  /** Where it listens. */
  url: string
  /** A connection's config and credentials with which the connector finds it. */
  config: Record<string, Json>
  credentials: Record<string, string>
  /** What to give the connection to read, where a connector reads what it is given. */
  upload?: Upload
  account: { id: string; mode: 'live' | 'test' }
  /** The connector's resources that it holds, by the manifest's names. */
  resources: readonly string[]
  /** Every live object whole, as the provider would give it to one who drains all its lists. Not to be changed. */
  truth(resource: string): object[] | Promise<object[]>
  /** Ids of what once was. */
  deleted(resource: string): string[] | Promise<string[]>
  mutate: Mutations
  clock: Clock
  /** A command to paste, that shows it alive. */
  example: string
  close(): Promise<void>
}
/** Changes behind the connector's back, told by the provider as it tells changes (an event, a webhook). Throws for an unknown id. */
export type Mutations = {
  /** A plausible new object with these fields. */
  create(resource: string, fields?: object): object | Promise<object>
  /** Replaces these fields of its top level. */
  update(resource: string, id: string, fields: object): object | Promise<object>
  remove(resource: string, id: string): void | Promise<void>
}
export type HttpSandbox = Sandbox & HttpSide

export type StartOptions = {
  /** A free one if left out. */
  port?: number
  /** Same seed, same counts: same bytes. 1 if left out. */
  seed?: number
  /** How much of what; what is left out is as the sandbox's `counts` say. */
  counts?: Record<string, number>
  faults?: Partial<Faults>
  credentials?: Record<string, string>
  /** Milliseconds since 1970: sets its clock still, until it is advanced. */
  now?: number
  /** Of an administrator of a Postgres: a sandbox that `needsPostgres` makes its database there, named as the path says. */
  postgresUrl?: string
}
/** The options with every gap filled. */
export type SandboxPlan = Required<Pick<StartOptions, 'seed' | 'counts' | 'credentials'>> &
  Pick<StartOptions, 'port' | 'postgresUrl'> & { faults: Faults; clock: Clock }

export type SandboxDefinition<S extends Sandbox> = {
  /** The connector's type. */
  name: string
  /** What it can be filled with, and how much of each there is by default. */
  counts: Record<string, number>
  /** What it lets in, unless told otherwise. Never like a real key. */
  credentials: Record<string, string>
  /** It is a database on a server that somebody else runs, and cannot start without `postgresUrl`. */
  needsPostgres?: boolean
  launch(plan: SandboxPlan): Promise<S>
}
export type SandboxFactory<S extends Sandbox = Sandbox> = Pick<
  SandboxDefinition<S>,
  'name' | 'counts' | 'credentials'
> & {
  needsPostgres: boolean
  /** Throws for a count or a fault that does not exist, if the port is taken, and without the `postgresUrl` that it needs. */
  start(options?: StartOptions): Promise<S>
}

/**
 * A connector's `sandbox.ts` is `export default defineSandbox({ … })`: who finds the folder can start it without knowing the vendor.
 *
 * @example
 * const sandbox = await stripeSandbox.start({ seed: 7, counts: { customers: 100 }, faults: { latency: 20 } })
 */
export function defineSandbox<S extends Sandbox>(definition: SandboxDefinition<S>): SandboxFactory<S> {
  const { name, counts, credentials, needsPostgres = false } = definition
  const start = async (options: StartOptions = {}) => definition.launch(planOf(definition, options))
  return { name, counts, credentials, needsPostgres, start }
}

function planOf<S extends Sandbox>(
  { name, counts, credentials, needsPostgres }: SandboxDefinition<S>,
  given: StartOptions,
): SandboxPlan {
  if (needsPostgres && !given.postgresUrl)
    throw new Error(`${name} sandbox: it needs the URL of a Postgres; give postgresUrl (--postgres-url)`)
  for (const [key, value] of Object.entries(given.counts ?? {})) checkCount(name, counts, key, value)
  return {
    port: given.port,
    postgresUrl: given.postgresUrl,
    seed: given.seed ?? 1,
    counts: { ...counts, ...given.counts },
    credentials: { ...credentials, ...given.credentials },
    faults: createFaults(given.faults),
    clock: createClock(given.now),
  }
}

function checkCount(name: string, counts: Record<string, number>, key: string, value: number) {
  const known = Object.keys(counts)
  if (!known.includes(key)) throw new Error(`${name} sandbox: it has no "${key}"; it has ${known.join(', ')}`)
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} sandbox: "${key}" must be a whole number from 0`)
}
