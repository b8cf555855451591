import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createClient, type Client } from '../db/client.ts'
import { checkKeyring } from './canary.ts'
import { parseKeyring, SealError } from './keyring.ts'

let database: TestDatabase
let client: Client
let admin: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = createClient(database.appUrl, { max: 4 })
  admin = createClient(database.adminUrl, { max: 1 })
})
beforeEach(async () => void (await admin.db.execute(sql`delete from encryption_canaries`)))
afterAll(async () => {
  await Promise.all([client.close(), admin.close()])
  await database.drop()
})

const keyText = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`
/** As a process starts with this setting. */
const boot = (text: string) => checkKeyring(client.db, parseKeyring(text))
const known = async () => {
  const rows = await admin.db.execute(sql`select key_id from encryption_canaries order by 1`)
  return rows.map(({ key_id }) => key_id)
}

test('The first start takes the key for the right one; each later start with it is let through', async () => {
  await boot(keyText('k1', 1))
  await boot(keyText('k1', 1))
  expect(await known()).toEqual(['k1'])
})

test('Another key under the same id is refused at once, before any secret is needed', async () => {
  await boot(keyText('k1', 1))
  await expect(boot(keyText('k1', 2))).rejects.toThrow(SealError)
  await expect(boot(keyText('k1', 2))).rejects.toThrow('"k1"')
  await boot(keyText('k1', 1))
})

test('A new primary key beside the old one is taken, and from then on both must be there', async () => {
  await boot(keyText('k1', 1))
  await boot(`${keyText('k2', 2)},${keyText('k1', 1)}`)
  expect(await known()).toEqual(['k1', 'k2'])
  await boot(`${keyText('k1', 1)},${keyText('k2', 2)}`)
  await expect(boot(`${keyText('k2', 3)},${keyText('k1', 1)}`)).rejects.toThrow('"k2"')
})

test('A new key without the old one is refused by the name of the missing one, and leaves no trace', async () => {
  await boot(keyText('k1', 1))
  await expect(boot(keyText('k2', 2))).rejects.toThrow(/"k1" is not in INTEGRATION_ENCRYPTION_KEY/)
  expect(await known()).toEqual(['k1'])
  await boot(keyText('k1', 1))
})

test('Of two processes that start first at one moment with different keys, only one is let through', async () => {
  for (let round = 0; round < 10; round++) {
    await admin.db.execute(sql`delete from encryption_canaries`)
    const starts = await Promise.allSettled([1, 2, 3].map((fill) => boot(keyText('k1', fill))))
    expect(starts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
  }
})

test('A canary that was changed is refused', async () => {
  await boot(keyText('k1', 1))
  await admin.db.execute(sql`update encryption_canaries set sealed = set_byte(sealed, length(sealed) - 1,
    get_byte(sealed, length(sealed) - 1) # 1)`)
  await expect(boot(keyText('k1', 1))).rejects.toThrow(SealError)
})
