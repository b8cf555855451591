/** The shape of `manifest.json`: data that the registry reads and checks. Code never imports it. */
import { z } from 'zod'
import { modelNames } from './models/index.ts'

const slug = z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and _')
/** Parts as of a table of a database, `public.orders`. */
const dotted = z
  .string()
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'must be lower-case letters, digits and _, in parts joined by .')
const semver = z.string().regex(/^\d+\.\d+\.\d+$/, 'must be a version like 1.0.0')
const pointer = z.string().regex(/^(\/|$)/, 'must be a JSON pointer like /address/city')

/** How a list can be asked for. Windows, overlap, cutting, resuming and cursors are the engine's. */
const scanSchema = z.discriminatedUnion('by', [
  /** First to last; a file is this, with a `revision`. */
  z.strictObject({ by: z.literal('pages') }),
  /** Rows whose `field` lies in a window. */
  z.strictObject({
    by: z.literal('time'),
    field: z.string().min(1),
    /** Order of the pages, where they are ordered by `field`; `after` outlives a narrower window, so what remains can be cut. */
    split: z.enum(['asc', 'desc']).optional(),
    /** How finely the source can be asked. No window is cut below it. */
    grainSeconds: z.number().positive().optional(),
    /** Newer rows may be missing still: they are read, but the cursor stays behind them, so that they are read again. */
    holdBackSeconds: z.number().nonnegative().optional(),
    /** Read again on each run, for sources that write late. */
    lookBackSeconds: z.number().nonnegative().optional(),
    /** Older cannot be asked for: a cursor near it becomes a full pass. */
    retentionSeconds: z.number().positive().optional(),
  }),
])

export const resourceSchema = z.strictObject({
  name: dotted,
  collectionKey: slug,
  /** None: entities only. */
  model: z.enum(modelNames).optional(),
  /** Model field -> JSON pointer into the payload: a mapper without code. */
  mapping: z.record(z.string(), pointer).optional(),
  /** Sees everything there is. */
  full: scanSchema,
  /** Sees what changed. 'feed': all that it has is the account's feed. None: every sync is a full pass. */
  incremental: z.union([scanSchema, z.literal('feed')]).optional(),
  /** false: objects are only ever added, so no deletion is inferred from a full pass. */
  sweep: z.boolean().default(true),
  /** JSON pointers left out when payloads are compared. */
  volatile: z.array(pointer).optional(),
  pageSize: z.number().int().positive().default(100),
  /** Ids in one `get`. */
  getSize: z.number().int().positive().default(1),
  cacheTtlSeconds: z.number().nonnegative().default(30),
  /** How a live read is given back. */
  shape: z.enum(['table', 'events']).default('table'),
  /** What `discover` wants to find again in `read`. */
  details: z.json().optional(),
})

/** `match` is "METHOD /path/*"; per route: each path that matches has this limit for itself. All that match hold together. */
const limitScope = { match: z.string().optional(), per: z.enum(['account', 'route']) }
const rateLimitSchema = z.union(
  [
    z.strictObject({ ...limitScope, requests: z.number().positive(), seconds: z.number().positive() }),
    /** So many at one time, each until its answer begins. */
    z.strictObject({ ...limitScope, inFlight: z.number().int().positive() }),
  ],
  'must be { per, match?, requests, seconds }, or { per, match?, inFlight } with a whole number',
)

export const manifestSchema = z
  .strictObject({
    type: slug,
    name: z.string().min(1),
    description: z.string().min(1),
    version: semver,
    /** Of the shape in which this connector gives its entities. */
    schemaVersion: semver,
    status: z.enum(['active', 'deprecated']).default('active'),
    icon: z.url().optional(),
    documentationUrl: z.url().optional(),
    /** The provider's version that the client is pinned to. */
    apiVersion: z.string().optional(),
    direction: z.enum(['inbound', 'outbound', 'bidirectional']),
    capabilities: z.array(z.enum(['read', 'write', 'delete', 'webhook', 'batch'])),
    credentialSchema: z.record(
      z.string().regex(/^[a-z][a-z0-9_]*$/),
      z.strictObject({ label: z.string(), type: z.enum(['text', 'password', 'oauth']), required: z.boolean() }),
    ),
    /** Absent only where the credential schema is empty. */
    credentialType: z.enum(['api_key', 'oauth_token', 'basic_auth', 'bearer_token']).optional(),
    /** Those of every account; `discover` adds the rest. */
    resources: z.array(resourceSchema),
    /** The account's one list of events: applies to whatever it names, and is all that `incremental: "feed"` has. */
    feed: scanSchema.optional(),
    events: z.array(
      z.strictObject({
        eventType: z.string().min(1),
        description: z.string().default(''),
        schemaPath: z.string().regex(/^schemas\/[\w.-]+\.json$/, 'must be a file in schemas/'),
      }),
    ),
    rateLimits: z.array(rateLimitSchema),
  })
  .refine((manifest) => Object.keys(manifest.credentialSchema).length === 0 || manifest.credentialType, {
    path: ['credentialType'],
    message: 'is needed where credentialSchema has fields',
  })
  .refine(
    (manifest) => new Set(manifest.resources.map((resource) => resource.name)).size === manifest.resources.length,
    {
      path: ['resources'],
      message: 'names one resource twice',
    },
  )

export type Manifest = z.infer<typeof manifestSchema>
export type Resource = z.infer<typeof resourceSchema>
export type Scan = z.infer<typeof scanSchema>
export type RateLimit = z.infer<typeof rateLimitSchema>

/** Fills the defaults of a resource that `discover` gives, and checks it as the manifest's are. */
export const defineResource = (resource: z.input<typeof resourceSchema>): Resource => resourceSchema.parse(resource)
