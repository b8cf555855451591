/** The only reader of the environment. Every problem is reported at once; no secret has a default. */
import { z } from 'zod'

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')
const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) => value.split(',').map((part) => part.trim()))
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)
const queue = z.enum(['orchestration', 'pull', 'drain'])

const serviceSchema = z.object({
  /** Role tributary_app: bound by row level security. */
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'it must be a URL like postgres://tributary_app:…@host/db',
  }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).default(10),
  TEMPORAL_ADDRESS: z.string().regex(/^[^/\s]+:\d+$/, 'it must be host:port'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** Where operators open the Temporal UI; only shown, never called. */
  TEMPORAL_UI_URL: z.url().optional(),
  /** `id:base64` of 32 bytes, several by commas, the first is primary. Make one: openssl rand -base64 32 */
  INTEGRATION_ENCRYPTION_KEY: z.string(),
  /** Lets connections reach private addresses and set what is meant for sandboxes (`base_url`, `sslmode`): for sandboxes only. */
  ALLOW_PRIVATE_TARGETS: flag,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

const apiSchema = serviceSchema.extend({
  HOST: z.string().default('127.0.0.1'),
  PORT: port(3000),
  /** How large the content of a connection may be that is sent as a file. */
  UPLOAD_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024 ** 3),
})
const workerSchema = serviceSchema.extend({
  WORKER_QUEUES: list('orchestration,pull,drain').pipe(z.array(queue).min(1)),
  /** Where the bundled workflows are kept between starts; without it they are bundled at each start. */
  WORKFLOW_BUNDLE_DIR: z.string().optional(),
  /** How long the change feed goes back. A reader that stays away for longer has to read the tables anew. */
  CHANGES_KEPT_DAYS: z.coerce.number().int().min(1).default(30),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port(9464),
})
const migrateSchema = z.object({
  /** A role that may create roles and databases' objects; used by `npm run migrate` alone. */
  DATABASE_ADMIN_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_URL: serviceSchema.shape.DATABASE_URL,
})
const launcherSchema = z.object({
  TEMPORAL_ADDRESS: serviceSchema.shape.TEMPORAL_ADDRESS.optional(),
  PATH: z.string().default(''),
  XDG_CACHE_HOME: z.string().optional(),
  TRIBUTARY_DATA_DIR: z.string().default('.tributary'),
})

export type Environment = Record<string, string | undefined>

export class ConfigError extends Error {
  constructor(issues: z.core.$ZodIssue[], given: Environment) {
    super(['The configuration is not complete:', ...issues.map((issue) => describe(issue, given))].join('\n'))
    this.name = 'ConfigError'
  }
}

export const apiConfig = (env: Environment = process.env) => parse(apiSchema, env)
export const workerConfig = (env: Environment = process.env) => parse(workerSchema, env)
export const migrateConfig = (env: Environment = process.env) => parse(migrateSchema, env)
export const adminConfig = (env: Environment = process.env) =>
  parse(migrateSchema.pick({ DATABASE_ADMIN_URL: true }), env)
export const serviceAddress = (env: Environment = process.env) =>
  parse(serviceSchema.pick({ TEMPORAL_ADDRESS: true }), env)
export const launcherConfig = (env: Environment = process.env) => parse(launcherSchema, env)
/** Where a person leaves a connector's credential `name` for a command that needs it. */
export const credentialVariable = (name: string): string => `TRIBUTARY_CREDENTIAL_${name.toUpperCase()}`
/** Those of the credentials `names` that are set. */
export const credentialsConfig = (names: string[], env: Environment = process.env): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (env[credentialVariable(name)] ? [[name, env[credentialVariable(name)]!]] : [])),
  )
/** What a child process inherits, with `changes` on top. */
export const childEnvironment = (changes: Environment): Environment => ({ ...process.env, ...changes })

function parse<Schema extends z.ZodType>(schema: Schema, env: Environment): z.output<Schema> {
  // `FOO=` in an env file means "not set", not "the empty string".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  if (!result.success) throw new ConfigError(result.error.issues, given)
  return result.data
}

function describe({ path, message }: z.core.$ZodIssue, given: Environment): string {
  const name = String(path[0])
  const hint = HINTS[name] ?? 'Set it in the environment.'
  return given[name] === undefined ? `  ${name} is not set. ${hint}` : `  ${path.join('.')} is wrong: ${message}`
}

const HINTS: Record<string, string> = {
  DATABASE_URL: 'Set it to postgres://tributary_app:<password>@<host>:5432/<database>.',
  DATABASE_ADMIN_URL: 'Set it to the URL of a role that may create roles, for the migration only.',
  TEMPORAL_ADDRESS: 'Set it to the host:port of a Temporal frontend, such as 127.0.0.1:7233.',
  INTEGRATION_ENCRYPTION_KEY: 'Make one with: echo "k1:$(openssl rand -base64 32)"',
}
