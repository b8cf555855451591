import type { ConnectionKey } from '../db/connections.ts'
import { markFailed } from '../db/connection-status.ts'
import type { Failure } from '../db/sync-ends.ts'
import { fenceConnection } from '../db/sync-cancel.ts'
import type { Tx } from '../db/tenancy.ts'

/** What no retry can mend: somebody has to set other credentials, or another config. */
const HOPELESS = new Set(['auth_failed', 'config_invalid'])

/** Stops a connection that cannot work any more, and says why; undefined where it may go on. */
export async function stopIfHopeless(tx: Tx, key: ConnectionKey, failure: Failure): Promise<string | undefined> {
  if (!HOPELESS.has(failure.code)) return undefined
  await markFailed(tx, key, failure.message)
  await fenceConnection(tx, key)
  return failure.message
}
