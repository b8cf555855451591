import type { Database } from './client.ts'
import { encryptionCanaries } from './schema/index.ts'

export const listCanaries = (db: Database) => db.select().from(encryptionCanaries)

/** Two processes that start at once may both save one: the first stays. */
export async function saveCanary(db: Database, key_id: string, sealed: Buffer): Promise<void> {
  await db.insert(encryptionCanaries).values({ key_id, sealed }).onConflictDoNothing()
}
