import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dialled } from '@tributary/sdk'
import { makeCertificate } from '../stack/test-certificate.ts'
import { guardedDial } from './guarded-dial.ts'

const certificate = makeCertificate('localhost')
/** A port that counts who connects, says nothing by itself, and gives back what it hears. */
const tripwire = createServer((socket) => socket.on('error', () => {}).on('data', (heard) => socket.write(heard)))
const encrypted = createTlsServer(certificate, (socket) => socket.on('error', () => {}).end('secret'))
/** The protocol agrees to TLS, and then nothing comes. */
const mute = createServer((socket) => socket.on('error', () => {}))
let caught = 0
tripwire.on('connection', () => caught++)

beforeAll(() =>
  Promise.all([tripwire, encrypted, mute].map((server) => once(server.listen(0, '127.0.0.1'), 'listening'))),
)
afterAll(() => [tripwire, encrypted, mute].forEach((server) => server.close()))

const portOf = (server: Server) => (server.address() as AddressInfo).port
type Given = { allowPrivate?: boolean; signal?: AbortSignal; connectMs?: number; idleMs?: number }
function dial(to: { host: string; port?: number }, given: Given = {}, usage = noUsage()): Promise<Dialled> {
  const options = { allowPrivate: true, signal: new AbortController().signal, ...given, usage }
  return guardedDial(options)({ port: portOf(tripwire), ...to })
}
const noUsage = () => ({ requests: 0, errors: 0, throttled_ms: 0 })
const ended = async ({ socket }: Dialled): Promise<unknown> => once(socket, 'error').then(([error]) => error as unknown)

const LOOPBACK = [
  '127.0.0.1',
  'localhost',
  '127.1',
  '0x7f.1',
  '0177.0.0.1',
  '2130706433',
  '::ffff:127.0.0.1',
  '127%2e1',
]

test.each([
  ...[...LOOPBACK, '::1', '0.0.0.0', '::', '::7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::'],
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd00::1', '169.254.169.254', 'fe80::1', '224.0.0.1'],
])('does not connect to %s, and does not count it', async (host) => {
  const usage = noUsage()
  const error: unknown = await dial({ host }, { allowPrivate: false }, usage).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('is not a public address') })
  expect(caught).toBe(0)
})

test.each([
  '',
  '/tmp',
  '/tmp/.s.PGSQL.5432',
  '127.0.0.1:80',
  '[::1]',
  'a,localhost',
  'a b',
  'ada@localhost',
  '\0',
  '..',
])('takes %j for nothing that could be dialled, whatever is allowed', async (host) => {
  await expect(dial({ host })).rejects.toMatchObject({ code: 'config_invalid' })
  expect(caught).toBe(0)
})

test.each([0, -1, 65_536, 5432.5, NaN])('takes %s for no port', async (port) => {
  await expect(dial({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'config_invalid' })
})

test('keeps link-local addresses shut where private ones are open', async () => {
  await expect(dial({ host: '169.254.169.254' })).rejects.toMatchObject({ code: 'config_invalid' })
})

test.each(['127.0.0.1', 'localhost', '2130706433'])('connects to %s where private addresses are open', async (host) => {
  const usage = noUsage()
  const { socket } = await dial({ host }, {}, usage)
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  expect(usage.requests).toBe(1)
  socket.destroy()
})

test('is upstream_unavailable where nobody listens', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const port = portOf(gone)
  await new Promise((resolve) => gone.close(resolve))
  await expect(dial({ host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'upstream_unavailable',
    message: '127.0.0.1 could not be connected to, or broke off (ECONNREFUSED)',
  })
})

test('gives a socket up on which nothing comes or goes', async () => {
  const dialled = await dial({ host: '127.0.0.1' }, { idleMs: 20 })
  expect(await ended(dialled)).toMatchObject({
    code: 'upstream_unavailable',
    message: '127.0.0.1 has said nothing for 0.02 s',
  })
})

test('closes its sockets when it is told to, and opens none after that', async () => {
  const stop = new AbortController()
  const dialled = await dial({ host: '127.0.0.1' }, { signal: stop.signal })
  stop.abort(new Error('enough'))
  expect(await ended(dialled)).toMatchObject({ name: 'AbortError' })
  expect(dialled.socket.destroyed).toBe(true)
  await expect(dial({ host: '127.0.0.1' }, { signal: stop.signal })).rejects.toThrow('enough')
})

test('outlives an error that comes while nobody listens', async () => {
  const { socket } = await dial({ host: '127.0.0.1' })
  socket.destroy(new Error('lost'))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(socket.destroyed).toBe(true)
})

test('goes on encrypted with the host that was dialled', async () => {
  const { startTls } = await dial({ host: 'localhost', port: portOf(encrypted) })
  const secured = await startTls({ ca: certificate.cert })
  expect(String((await once(secured, 'data'))[0])).toBe('secret')
})

test.each([
  ['of another authority', 'localhost', makeCertificate('localhost').cert],
  ['that no public authority knows', 'localhost', undefined],
  ['of another host', '127.0.0.1', certificate.cert],
])('does not go on with a certificate %s', async (_which, host, ca) => {
  const dialled = await dial({ host, port: portOf(encrypted) })
  await expect(dialled.startTls({ ca })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(
      `^${host} does not prove that it is ${host} \\([A-Z_]+\\); correct the host, or give`,
    ),
  })
  expect(dialled.socket.destroyed).toBe(true)
})

test('is upstream_unavailable where encryption was agreed to, and then nothing comes, or something else', async () => {
  const silent = await dial({ host: 'localhost', port: portOf(mute) }, { connectMs: 20 })
  await expect(silent.startTls()).rejects.toMatchObject({
    code: 'upstream_unavailable',
    message: 'localhost did not answer within 0.02 s',
  })
  const foreign = await dial({ host: 'localhost' })
  await expect(foreign.startTls()).rejects.toMatchObject({ code: 'upstream_unavailable' })
})

test('is config_invalid with an authority that is none', async () => {
  const { startTls } = await dial({ host: 'localhost', port: portOf(encrypted) })
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  await expect(startTls({ ca })).rejects.toMatchObject({ code: 'config_invalid' })
})
