import type { InjectOptions } from 'fastify'
import { loadRegistry } from '../connectors/registry.ts'
import { createClient, type Database } from '../db/client.ts'
import { saveConnectors } from '../db/connectors.ts'
import { createOrg } from '../db/orgs.ts'
import { createEngineDeps } from '../engine/create-deps.ts'
import { connectTemporal } from '../temporal/client.ts'
import { buildApp } from './app.ts'
import type { ApiDeps, App } from './deps.ts'
import { createLog } from './log.ts'
import { toConnectorRow } from './schemas/connector.ts'

export type TestApi = {
  app: App
  db: Database
  deps: ApiDeps
  org: { org_id: string; api_key: string }
  /** Lines of the log so far. */
  log: string[]
  call(method: InjectOptions['method'], url: string, options?: { body?: object; key?: string }): Promise<Answer>
  close(): Promise<void>
}
export type Answer = { status: number; text: string; body: AnswerBody; headers: Record<string, unknown> }
type AnswerBody = ReturnType<typeof JSON.parse>

/** The API over a test's database, with one org. `temporalAddress` may be one where nobody answers. */
export async function createTestApi(
  database: { adminUrl: string; appUrl: string },
  temporalAddress: string,
  changes: Partial<ApiDeps> = {},
): Promise<TestApi> {
  const client = createClient(database.appUrl, { max: 4 })
  const registry = changes.registry ?? (await loadRegistry())
  const log: string[] = []
  const engine = createEngineDeps({
    db: client.db,
    registry,
    encryptionKey: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    allowPrivateTargets: true,
    log: createLog('info', { write: (line) => void log.push(line) }),
  })
  const temporal = connectTemporal({ address: temporalAddress, namespace: 'default' })
  const deps: ApiDeps = { ...engine, temporal, uploadMaxBytes: 1024 ** 3, ...changes }
  await saveConnectors(client.db, registry.all().map(toConnectorRow))
  const org = await createOrg(database.adminUrl, { name: 'Acme' })
  const app = await buildApp(deps)
  return {
    ...{ app, db: client.db, deps, org, log },
    call: (method, url, options = {}) => call(app, { method, url, key: org.api_key, ...options }),
    close: async () => {
      await app.close()
      await Promise.all([temporal.close(), engine.outbound.close(), client.close()])
    },
  }
}

async function call(
  app: App,
  { method, url, body, key }: { method: InjectOptions['method']; url: string; body?: object; key: string },
): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}` }
  const response = await app.inject({ method, url, headers, ...(body && { payload: body }) })
  const text = response.body
  const isJson = String(response.headers['content-type']).startsWith('application/json')
  return { status: response.statusCode, text, body: isJson ? JSON.parse(text) : undefined, headers: response.headers }
}
