/** `@stripe/sync-engine`: its full sync of customers and charges. */
import { join } from 'node:path'
import { measured, taskGiven } from './announce.ts'

type StripeSync = {
  stripe: { _setApiField(name: string, value: string | number): void }
  fullSync(tables: string[], segmented: boolean, workers: number, rateLimit: number, progress: boolean): Promise<Report>
}
type Report = { totalSynced: number; errors: { object: string; message: string }[] }
type Package = {
  StripeSync: { create(config: object): Promise<StripeSync> }
  runMigrations(config: object): Promise<void>
}

const silent = { info() {}, warn() {}, error: console.error }
/** Requests a second, for all of its workers. */
const NO_RATE = 100_000
const DEFAULT_RATE = 10
const WORKERS = 20

const task = taskGiven()
const name = '@stripe/sync-engine'
const { StripeSync, runMigrations } = (await import(name)) as Package
await runMigrations({
  databaseUrl: task.databaseUrl,
  // Without one it downloads Stripe's from the internet. It makes typed columns of what is named there.
  openApiSpecPath: join(import.meta.dirname, 'stripe-openapi.json'),
  logger: silent,
})
const sync = await StripeSync.create({
  poolConfig: { connectionString: task.databaseUrl, ...(task.best && { max: 20 }) },
  stripeSecretKey: task.secretKey,
  stripeApiVersion: task.apiVersion,
  stripeAccountId: task.accountId,
  logger: silent,
})
for (const [field, value] of Object.entries({ host: task.host, port: task.port, protocol: 'http' }))
  sync.stripe._setApiField(field, value)

const rate = task.rate ?? (task.best ? NO_RATE : DEFAULT_RATE)
await measured(() => sync.fullSync(['customer', 'charge'], true, WORKERS, rate, false))
process.exit(0)
