import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { afterIfGiven, equalIfGiven } from './filters.ts'
import { connections, credentials, epochs } from './schema/index.ts'
import type { Tx } from './tenancy.ts'

export type ConnectionKey = { org_id: string; connection_id: string }
export type ConnectionRow = typeof connections.$inferSelect
export type NewConnection = Omit<
  ConnectionRow,
  | 'sync_status'
  | 'status'
  | 'status_reason'
  | 'error_message'
  | 'last_sync_at'
  | 'created_at'
  | 'updated_at'
  | 'deleted_at'
>
export type ConnectionChanges = Partial<
  Pick<
    ConnectionRow,
    'name' | 'config' | 'schedule_seconds' | 'sync_from' | 'status' | 'status_reason' | 'last_validated_at'
  >
>
export type CredentialsWrite = Pick<typeof credentials.$inferInsert, 'credential_type' | 'encrypted_value'>
export type ConnectionFilter = {
  org_id: string
  connector?: string | undefined
  status?: ConnectionRow['status'] | undefined
  limit: number
  /** Id of the last one of the page before. */
  after?: string | undefined
}

export async function findConnection(tx: Tx, key: ConnectionKey): Promise<ConnectionRow | undefined> {
  const [row] = await tx.select().from(connections).where(live(key))
  return row
}

export async function findConnectionByAppKey(
  tx: Tx,
  org_id: string,
  app_key: string,
): Promise<ConnectionRow | undefined> {
  const [row] = await tx
    .select()
    .from(connections)
    .where(and(eq(connections.org_id, org_id), eq(connections.app_key, app_key), isNull(connections.deleted_at)))
  return row
}

/** In the order of their making, since their ids are of version 7. */
export function listConnections(tx: Tx, filter: ConnectionFilter): Promise<ConnectionRow[]> {
  const { org_id, connector, status, after } = filter
  return tx
    .select()
    .from(connections)
    .where(
      and(
        eq(connections.org_id, org_id),
        isNull(connections.deleted_at),
        equalIfGiven(connections.connector, connector),
        equalIfGiven(connections.status, status),
        afterIfGiven(connections.id, after),
      ),
    )
    .orderBy(asc(connections.id))
    .limit(filter.limit)
}

/** A connection with the epoch that fences its writers. Fails on the index connections_app_key if its app_key is taken. */
export async function insertConnection(tx: Tx, values: NewConnection): Promise<ConnectionRow> {
  const [row] = await tx
    .insert(connections)
    .values({ ...values, status: 'active', sync_status: 'idle' })
    .returning()
  await tx.insert(epochs).values({ org_id: values.org_id, connection_id: values.id, resource: '', epoch: 1 })
  return row!
}

export async function updateConnection(
  tx: Tx,
  key: ConnectionKey,
  changes: ConnectionChanges,
): Promise<ConnectionRow | undefined> {
  const [row] = await tx
    .update(connections)
    .set({ ...changes, updated_at: sql`now()` })
    .where(live(key))
    .returning()
  return row
}

/** Its rows stay, for a later purge; its credentials do not. False: there is no such connection. */
export async function deleteConnection(tx: Tx, key: ConnectionKey): Promise<boolean> {
  const deleted = await tx
    .update(connections)
    .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
    .where(live(key))
    .returning({ id: connections.id })
  await tx.delete(credentials).where(ofConnection(key))
  return deleted.length > 0
}

export async function findCredentials(tx: Tx, key: ConnectionKey) {
  const [row] = await tx.select().from(credentials).where(ofConnection(key))
  return row
}

export async function saveCredentials(tx: Tx, key: ConnectionKey, write: CredentialsWrite): Promise<void> {
  const { org_id, connection_id } = key
  await tx
    .insert(credentials)
    .values({ org_id, connection_id, ...write })
    .onConflictDoUpdate({
      target: [credentials.org_id, credentials.connection_id],
      set: { ...write, updated_at: sql`now()` },
    })
}

const live = (key: ConnectionKey) =>
  and(eq(connections.org_id, key.org_id), eq(connections.id, key.connection_id), isNull(connections.deleted_at))
const ofConnection = (key: ConnectionKey) =>
  and(eq(credentials.org_id, key.org_id), eq(credentials.connection_id, key.connection_id))
