import { sql } from 'drizzle-orm'
import type { ResourceKey } from './entities.ts'
import type { Tx } from './tenancy.ts'

/** Notes which rows a batch of a list held when it was asked for (`sent_at`: ms of the source's clock). */
export async function insertSeenPage(
  tx: Tx,
  key: ResourceKey,
  page: { generation: number; sent_at: number; seqs: number[] },
): Promise<void> {
  if (page.seqs.length === 0) return
  await tx.execute(sql`
    insert into seen_pages (org_id, connection_id, resource, generation, sent_at, seqs)
    values (${key.org_id}, ${key.connection_id}, ${key.resource}, ${page.generation}, ${page.sent_at},
      ${multirange(page.seqs)}::int8multirange)`)
}

/** Pages from before a complete pass say nothing that its start does not say. */
export async function dropSeenPagesBefore(tx: Tx, key: ResourceKey, generation: number): Promise<void> {
  await tx.execute(sql`
    delete from seen_pages where org_id = ${key.org_id} and connection_id = ${key.connection_id}
      and resource = ${key.resource} and generation < ${generation}`)
}

/** [1, 2, 3, 7] -> {[1,4),[7,8)} */
export function multirange(numbers: number[]): string {
  const ranges: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && number <= last[1]) last[1] = number + 1
    else ranges.push([number, number + 1])
  }
  return `{${ranges.map(([from, to]) => `[${from},${to})`).join()}}`
}
