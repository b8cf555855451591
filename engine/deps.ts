import type { Logger } from 'pino'
import type { Registry } from '../connectors/registry.ts'
import type { Database } from '../db/client.ts'
import type { Budget } from './budget.ts'
import type { Outbound } from './guarded-fetch.ts'
import type { Keyring } from './keyring.ts'
import type { Time } from './time.ts'

/** What the engine works with; made once a process and handed down. */
export type EngineDeps = {
  db: Database
  registry: Registry
  keyring: Keyring
  budget: Budget
  outbound: Outbound
  time: Time
  /** Whether connections may set options that are meant for sandboxes, such as `base_url`. */
  allowPrivateTargets: boolean
  log: Logger
}
