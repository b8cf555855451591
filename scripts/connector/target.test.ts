import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadRegistry } from '../../connectors/registry.ts'
import { chooseTarget, type TargetOptions } from './target.ts'

const registry = await loadRegistry({ config: { connectors: { external: ['./docs/example-connector'] } } })
const helpdesk = registry.getConnector('acme_helpdesk')
const none: TargetOptions = { account: false, file: undefined, config: {}, postgresUrl: undefined, terminal: undefined }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-target-'))
  await writeFile(join(folder, 'people.csv'), 'a,b\n1,2\n')
})
afterAll(() => rm(folder, { recursive: true }))

test('Without an account it is the sandbox, with what is given over its config', async () => {
  const target = await chooseTarget(helpdesk, { ...none, config: { page: 1 } })
  await target.close()
  expect(target).toMatchObject({
    kind: 'sandbox',
    input: {
      config: { page: 1, base_url: expect.stringContaining('127.0.0.1') },
      credentials: { api_token: 'acme_demo_token' },
    },
  })
})

test('A credential in the environment means a real account, and nothing of the sandbox', async () => {
  vi.stubEnv('TRIBUTARY_CREDENTIAL_API_TOKEN', 'hush')
  const target = await chooseTarget(helpdesk, { ...none, config: { page: 1 } })
  vi.unstubAllEnvs()
  expect(target).toMatchObject({ kind: 'account', input: { config: { page: 1 }, credentials: { api_token: 'hush' } } })
})

test('A credential that is missing is asked for where somebody sits at a terminal', async () => {
  const terminal = { input: new PassThrough(), output: new PassThrough() }
  terminal.input.write('hush\r')
  const target = await chooseTarget(helpdesk, { ...none, account: true, terminal })
  expect(target).toMatchObject({ kind: 'account', input: { credentials: { api_token: 'hush' } } })
  expect(await text(terminal.output.end())).toBe('api_token (API token), not shown: \n')
})

test('A file is content of one’s own, not of the sandbox', async () => {
  const target = await chooseTarget(registry.getConnector('csv'), { ...none, file: join(folder, 'people.csv') })
  expect(target).toMatchObject({ kind: 'account', input: { config: {}, credentials: {} } })
  expect(await text(target.input.upload!.open(0))).toBe('a,b\n1,2\n')
})

test.each([
  [
    'a credential that nobody gives',
    { account: true },
    'acme_helpdesk: api_token is missing; set TRIBUTARY_CREDENTIAL_API_TOKEN',
  ],
  ['a file that is not there', { file: '/none/x.csv' }, '--file /none/x.csv cannot be read (ENOENT)'],
])('refuses %s, and says what to do', async (what, given, message) => {
  const entry = registry.getConnector(what.includes('file') ? 'csv' : 'acme_helpdesk')
  await expect(chooseTarget(entry, { ...none, ...given })).rejects.toThrow(message)
})
