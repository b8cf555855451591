/**
 * `npm run smoke`: every connector on its sandbox through the real API and a real Postgres: its test, a live read of each
 * resource, the refusal of what it cannot do, and an error. A line each; exits 1 if any is not as it should be.
 */
import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buffer } from 'node:stream/consumers'
import type { Sandbox, SandboxFactory } from '@tributary/sdk/sandbox'
import { createTestApi, type TestApi } from '../api/test-api.ts'
import { loadRegistry, type Entry, type Registry } from '../connectors/registry.ts'
import { migrate } from '../db/migrate.ts'
import { startPostgres } from '../stack/postgres.ts'
import { databaseUrl } from '../stack/test-database.ts'

type Check = { api: TestApi; entry: Entry; sandbox: Sandbox; body: Body }
type Body = { config: object; credentials: Record<string, string>; content_base64?: string }

/** Nobody listens there: nothing of this needs Temporal. */
const NO_TEMPORAL = '127.0.0.1:1'
const counts = { passed: 0, failed: 0 }

const dir = await mkdtemp(join(tmpdir(), 'tributary-smoke-'))
await chmod(dir, 0o755)
const server = await startPostgres({ dir, profile: 'test' })
try {
  await runAll(server.url)
} finally {
  await server.stop()
  await rm(dir, { recursive: true, force: true })
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed > 0 ? 1 : 0

async function runAll(url: string): Promise<void> {
  const database = { adminUrl: databaseUrl(url, 'postgres'), appUrl: databaseUrl(url, 'postgres', 'tributary_app') }
  await migrate(database)
  const registry = await loadRegistry()
  const api = await createTestApi(database, NO_TEMPORAL)
  const mute = await createTestApi(database, NO_TEMPORAL, { registry: withoutCapabilities(registry) })
  for (const entry of registry.all()) await runConnector({ api, mute, entry }, url)
  await Promise.all([api.close(), mute.close()])
}

async function runConnector(
  { api, mute, entry }: { api: TestApi; mute: TestApi; entry: Entry },
  server: string,
): Promise<void> {
  const { default: factory } = (await import(pathToFileURL(join(entry.dir, 'sandbox.ts')).href)) as {
    default: SandboxFactory
  }
  const postgresUrl = databaseUrl(server, `sandbox_${entry.manifest.type}`)
  const sandbox = await factory.start(factory.needsPostgres ? { postgresUrl } : {})
  const content = sandbox.upload && { content_base64: (await buffer(sandbox.upload.open(0))).toString('base64') }
  const check = { api, entry, sandbox, body: { config: sandbox.config, credentials: sandbox.credentials, ...content } }
  await testIt(check)
  await fetchIt(check)
  await refuseIt({ ...check, api: mute })
  await breakIt(check)
  await sandbox.close()
}

async function testIt({ api, entry, body, sandbox }: Check): Promise<void> {
  const { type } = entry.manifest
  const answer = await api.call('POST', `/v1/connectors/${type}/test`, { body })
  const { id, mode } = answer.body.data?.account ?? {}
  line(type, 'test', answer.status === 200 && id === sandbox.account.id, `account ${id} (${mode})`)
}

async function fetchIt({ api, entry, body, sandbox }: Check): Promise<void> {
  const { type } = entry.manifest
  const id = await connect({ api, entry, body })
  for (const resource of sandbox.resources) {
    const { status, body: answer } = await api.call('GET', `/v1/connections/${id}/data/${resource}?limit=10`)
    const rows: unknown[] = answer.data?.rows ?? answer.data?.events ?? []
    const note = status === 200 ? `${rows.length} objects` : `${status} ${answer.error?.message}`
    line(type, `fetch ${resource}`, status === 200 && rows.length > 0, note)
  }
}

/** The same connector as if it could do nothing: the engine must refuse before the source is asked. */
async function refuseIt({ api, entry, body, sandbox }: Check): Promise<void> {
  const { type } = entry.manifest
  const id = await connect({ api, entry, body })
  const answer = await api.call('GET', `/v1/connections/${id}/data/${sandbox.resources[0]}`)
  line(type, 'capability refusal', answer.status === 422 && answer.body.error.code === 'unsupported', errorOf(answer))
}

/** Wrong credentials where there are any, else content that is none. */
async function breakIt({ api, entry, body }: Check): Promise<void> {
  const { type } = entry.manifest
  const wrong = Object.fromEntries(Object.keys(body.credentials).map((name) => [name, 'sk_test_wrong']))
  const broken = body.content_base64 ? { ...body, content_base64: Buffer.from('a,b\n"1,2\n').toString('base64') } : body
  const answer = await api.call('POST', `/v1/connectors/${type}/test`, { body: { ...broken, credentials: wrong } })
  const isTold = answer.status >= 400 && answer.status < 500 && String(answer.body.error.message).startsWith(type)
  line(type, 'error', isTold, errorOf(answer))
}

async function connect({ api, entry, body }: Pick<Check, 'api' | 'entry' | 'body'>): Promise<string> {
  const { type } = entry.manifest
  const answer = await api.call('POST', '/v1/connections', {
    body: { connector: type, name: type, app_key: type, ...body },
  })
  if (answer.status !== 201) line(type, 'connect', false, errorOf(answer))
  return answer.body.data?.id
}

function line(connector: string, what: string, passed: boolean, note: string): void {
  counts[passed ? 'passed' : 'failed']++
  process.stdout.write(`${passed ? 'ok  ' : 'FAIL'}  ${connector.padEnd(14)} ${what.padEnd(22)} ${note}\n`)
}

function errorOf({ status, body }: Awaited<ReturnType<TestApi['call']>>): string {
  return `${status} ${body.error?.code}: ${body.error?.message}`
}

function withoutCapabilities(registry: Registry): Registry {
  const getConnector = (type: string): Entry => {
    const entry = registry.getConnector(type)
    return { ...entry, manifest: { ...entry.manifest, capabilities: [] } }
  }
  return { ...registry, getConnector }
}
