import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Registry } from '../connectors/registry.ts'
import { deleteConnection } from '../db/connections.ts'
import { FencedError } from '../db/epochs.ts'
import { createTestOrg, type TestOrg } from '../stack/test-org.ts'
import type { EngineDeps } from './deps.ts'
import { retryQuarantine } from './retry-quarantine.ts'

let org: TestOrg
beforeAll(async () => {
  org = await createTestOrg()
})
afterAll(() => org.close())

test('what is in quarantine of a connection that is deleted at this moment is left there, and that is said', async () => {
  const registry = { getConnector: () => ({ manifest: { resources: [] } }) } as unknown as Registry
  const key = await org.connect()
  const retry = () =>
    retryQuarantine({ db: org.db, registry } as EngineDeps, { org_id: org.org_id, role: 'editor' }, key, {
      resource: null,
      external_ids: null,
    })
  expect(await retry()).toEqual({ tried: 0, released: 0 })
  await org.within((tx) => deleteConnection(tx, key))
  await expect(retry()).rejects.toThrow(FencedError)
})
