import { asWorker, inOrg, type Tx } from '../db/tenancy.ts'
import type { Applied, Dirty } from './apply.ts'
import type { EngineDeps } from './deps.ts'
import type { Item } from './news.ts'
import type { Source } from './source.ts'
import { readWhole } from './whole.ts'

/** A read is newer than what it has to decide once its version is: our idea of the source's clock may be a second off. */
const READ_AFTER_MS = 2000
const GROUP = 100

/** Until what is read from now on is newer than `version`. */
export const waitForVersion = ({ clock, signal }: Pick<Source, 'clock' | 'signal'>, version: number): Promise<void> =>
  clock.until(version + READ_AFTER_MS, signal)

/** Two states of an object that share one instant: only a read that is later than both can say which is the truth. */
export async function settleTies(
  deps: EngineDeps,
  source: Source,
  ties: Dirty[],
  write: (tx: Tx, items: Item[]) => Promise<Applied>,
): Promise<void> {
  if (ties.length === 0) return
  await waitForVersion(source, Math.max(...ties.map((tie) => tie.version)))
  const ids = [...new Set(ties.map((tie) => tie.id))]
  for (let first = 0; first < ids.length; first += GROUP) {
    const items = await readWhole(source, ids.slice(first, first + GROUP))
    await inOrg(deps.db, asWorker(source.connection.org_id), (tx) => write(tx, items))
  }
}
