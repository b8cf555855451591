import type { Logger } from 'pino'
import type { Registry } from '../connectors/registry.ts'
import type { Database } from '../db/client.ts'
import { createBudget } from './budget.ts'
import type { EngineDeps } from './deps.ts'
import { createOutbound } from './guarded-fetch.ts'
import { parseKeyring } from './keyring.ts'
import { systemTime } from './time.ts'

/** What a process hands to the engine. Throws SealError where the keyring cannot be read. */
export function createEngineDeps(options: {
  db: Database
  registry: Registry
  encryptionKey: string
  allowPrivateTargets: boolean
  log: Logger
}): EngineDeps {
  const { db, registry, allowPrivateTargets, log } = options
  const keyring = parseKeyring(options.encryptionKey)
  return {
    db,
    registry,
    log,
    allowPrivateTargets,
    keyring,
    budget: createBudget({ db, keyring }),
    outbound: createOutbound({ allowPrivate: allowPrivateTargets }),
    time: systemTime,
  }
}
