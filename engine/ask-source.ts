import { ConnectorError, isConnectorError, type Account } from '@tributary/sdk'
import type { EngineDeps } from './deps.ts'
import { openAdapter, type AdapterInput, type OpenAdapter } from './open.ts'
import { LongWait } from './retry.ts'

const DEADLINE_MS = 30_000

/**
 * Asks a source while somebody waits for the answer: opens, asks and closes within 30 s. A source that wants more patience
 * than that is `upstream_unavailable`, or `rate_limited` where it said for how long.
 */
export async function askSource<Opened extends Pick<OpenAdapter, 'adapter'>, Answer>(
  open: (signal: AbortSignal) => Opened | Promise<Opened>,
  ask: (opened: Opened, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const opened = await open(signal)
  try {
    return await ask(opened, signal)
  } catch (error) {
    throw asAnswer(error, signal)
  } finally {
    await opened.adapter.close?.()
  }
}

/** Who credentials are at the source. Nothing is stored. Throws `auth_failed` where they are not accepted. */
export const testConnection = (deps: EngineDeps, input: AdapterInput): Promise<Account> =>
  askSource(
    (signal) => openAdapter(deps, input, { signal, priority: 'live' }),
    ({ adapter }) => adapter.testConnection(),
  )

function asAnswer(error: unknown, signal: AbortSignal): unknown {
  if (isConnectorError(error)) return error
  if (error instanceof LongWait)
    return new ConnectorError('rate_limited', error.reason, {
      cause: error,
      retryAfterMs: error.until.getTime() - Date.now(),
    })
  if (signal.aborted)
    return new ConnectorError('upstream_unavailable', 'the source did not answer within 30 s', { cause: error })
  return error
}
