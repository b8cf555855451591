import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, databaseUrl, type TestDatabase } from '../stack/test-database.ts'
import { createClient } from './client.ts'
import { checkServingRole } from './serving-role.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function check(url: string): Promise<void> {
  const client = createClient(url, { max: 1 })
  try {
    await checkServingRole(client.db)
  } finally {
    await client.close()
  }
}

test('the role of the app may serve', async () => {
  await expect(check(database.appUrl)).resolves.toBeUndefined()
})

test('a role that row level security does not bind may not', async () => {
  await expect(check(database.adminUrl)).rejects.toThrow(/logs in as postgres, which row level security does not bind/)
})

test('a database without our tables is named as what it is', async () => {
  await expect(check(databaseUrl(database.adminUrl, 'postgres'))).rejects.toThrow('npm run migrate')
})
