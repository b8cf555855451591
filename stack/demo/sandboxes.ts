import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { Sandbox, SandboxFactory } from '@tributary/sdk/sandbox'
import type { Upload } from '@tributary/sdk'
import { freePort } from '../free-port.ts'
import { databaseUrl } from '../test-database.ts'
import type { ApiClient } from './api-client.ts'
import type { Stopper } from './stopper.ts'

export type DemoConnection = { id: string; connector: string }
type Running = { connector: string; sandbox: Sandbox & { upload?: Upload } }

const CONNECTORS = new URL('../../connectors/', import.meta.url)
const FIRST_PORT = 4010

/** Every connector's fake provider, each on a port of its own, or in a database of its own on the server of `adminUrl`. */
export async function startSandboxes(adminUrl: string, stopper: Stopper): Promise<Running[]> {
  const running: Running[] = []
  for (const entry of (await readdir(CONNECTORS)).sort()) {
    const file = new URL(`${entry}/sandbox.ts`, CONNECTORS)
    if (!existsSync(file)) continue
    const { default: factory } = (await import(file.href)) as { default: SandboxFactory }
    const place = factory.needsPostgres
      ? { postgresUrl: databaseUrl(adminUrl, `sandbox_${entry}`) }
      : { port: await freePort(FIRST_PORT + running.length) }
    const sandbox = await factory.start(place)
    stopper.add(() => sandbox.close())
    running.push({ connector: entry, sandbox })
  }
  return running
}

/** A connection to each sandbox: made by the first start, and told where its sandbox is by the later ones. */
export async function connectAll(api: ApiClient, sandboxes: Running[]): Promise<DemoConnection[]> {
  const existing = new Map<string, DemoConnection & { config: object }>()
  for (const connection of await api.call('GET', '/v1/connections')) existing.set(connection.connector, connection)
  return Promise.all(
    sandboxes.map(async ({ connector, sandbox }) => {
      const found = existing.get(connector)
      if (!found) return create(api, connector, sandbox)
      if (!isSame(found.config, sandbox.config))
        await api.call('PATCH', `/v1/connections/${found.id}`, { config: sandbox.config })
      return { id: found.id, connector }
    }),
  )
}

async function create(api: ApiClient, connector: string, sandbox: Running['sandbox']): Promise<DemoConnection> {
  const { config, credentials, upload } = sandbox
  const content = upload && { content_base64: (await buffer(upload.open(0))).toString('base64') }
  const body = {
    connector,
    name: `${connector} sandbox`,
    app_key: `demo-${connector}`,
    config,
    credentials,
    ...content,
  }
  const { id } = await api.call('POST', '/v1/connections', body)
  return { id, connector }
}

const isSame = (stored: object, wanted: object) =>
  Object.entries(wanted).every(
    ([key, value]) => JSON.stringify((stored as Record<string, unknown>)[key]) === JSON.stringify(value),
  )
