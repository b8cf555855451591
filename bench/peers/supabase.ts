/** `@supabase/stripe-sync-engine`: its backfill of customers and charges. */
import { createRequire } from 'node:module'
import { measured, taskGiven } from './announce.ts'

type Range = { gte?: number; lt?: number }
type StripeSync = {
  stripe: SdkClient
  syncBackfill(params: { object: string; created?: Range }): Promise<unknown>
}
type SdkClient = { _setApiField(name: string, value: string | number): void }
type Package = {
  StripeSync: new (config: object) => StripeSync
  runMigrations(config: { databaseUrl: string; schema: string }): Promise<void>
}

const OBJECTS = ['customer', 'charge']
/** Of the sandbox's objects. */
const [FROM, TO] = [Date.UTC(2024, 0, 1) / 1000, Date.UTC(2026, 0, 2) / 1000]
const RANGES = 10

const task = taskGiven()
// Its ES module entry looks for its migrations in a place where they are not.
const { StripeSync, runMigrations } = createRequire(import.meta.url)('@supabase/stripe-sync-engine') as Package
await runMigrations({ databaseUrl: task.databaseUrl, schema: 'stripe' })
const sync = new StripeSync({
  poolConfig: { connectionString: task.databaseUrl, ...(task.best && { max: 20 }) },
  stripeSecretKey: task.secretKey,
  stripeWebhookSecret: 'whsec_none',
  stripeApiVersion: task.apiVersion,
})
for (const [name, value] of Object.entries({ host: task.host, port: task.port, protocol: 'http' }))
  sync.stripe._setApiField(name, value)

await measured(task.best ? inRanges : oneAfterTheOther)
process.exit(0)

/** As its README shows it. */
async function oneAfterTheOther() {
  for (const object of OBJECTS) await sync.syncBackfill({ object })
}

/** Cut by time, as its README recommends for large accounts, and the parts side by side. */
async function inRanges() {
  const step = Math.ceil((TO - FROM) / RANGES)
  const ranges = Array.from({ length: RANGES }, (_, i) => ({ gte: FROM + i * step, lt: FROM + (i + 1) * step }))
  await Promise.all(OBJECTS.flatMap((object) => ranges.map((created) => sync.syncBackfill({ object, created }))))
}
