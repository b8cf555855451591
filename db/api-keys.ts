import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import type { Role } from './tenancy.ts'

export type KeyHolder = { org_id: string; api_key_id: string; role: Role }
export type NewKey = { key: string; prefix: string; hash: Buffer }

const SECRET_BYTES = 32
const SHAPE = /^trb_([0-9a-f]{64})([0-9a-f]{8})$/
const SHOWN_CHARACTERS = 12

/** `trb_`, 256 random bits and their checksum. Only the hash is kept: such a key cannot be guessed, so it needs no salt. */
export function makeApiKey(): NewKey {
  const secret = randomBytes(SECRET_BYTES).toString('hex')
  const key = `trb_${secret}${checksum(secret)}`
  return { key, prefix: key.slice(0, SHOWN_CHARACTERS), hash: hashOf(key) }
}

/** Who holds a key that is neither revoked nor expired. What cannot be a key (by its checksum) asks no database. */
export async function findKeyHolder(db: Database, key: string): Promise<KeyHolder | undefined> {
  const [, secret, sum] = SHAPE.exec(key) ?? []
  if (!secret || checksum(secret) !== sum) return undefined
  const [row] = await db.execute<KeyHolder>(sql`select * from dispatch.find_api_key(${hashOf(key)})`)
  return row
}

const checksum = (secret: string): string => crc32(secret).toString(16).padStart(8, '0')
const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest()
