import type * as dns from 'node:dns'
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createOutbound, type Outbound } from './guarded-fetch.ts'

vi.mock('node:dns', async (original) => {
  const real = await original<typeof dns>()
  return { ...real, lookup: vi.fn(real.lookup) }
})

const MiB = 1024 * 1024
let guarded: Outbound
/** As a deployment with sandboxes has it. */
let sandboxed: Outbound
let hasty: Outbound
beforeEach(() => {
  guarded = createOutbound({ allowPrivate: false })
  sandboxed = createOutbound({ allowPrivate: true, maxBodyBytes: MiB })
  hasty = createOutbound({ allowPrivate: true, deadlineMs: 300 })
})
afterEach(() => Promise.all([guarded, sandboxed, hasty].map((outbound) => outbound.close())))

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy())
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const serve = async (answer: RequestListener) => `http://127.0.0.1:${await listen(createServer(answer))}/`

/** With when somebody comes, and is gone. */
async function serveVisitor(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response))
  const came = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>
  const left = came.then(([, response]) => once(response, 'close'))
  return { url: `http://127.0.0.1:${await listen(server)}/`, came, left }
}

/** A server that counts who comes. */
async function tripwire() {
  let visits = 0
  const server = createServer((_request, response) => response.end('inside')).on('connection', () => visits++)
  return { port: await listen(server), visits: () => visits }
}

const unavailable = (message: string) => ({ code: 'upstream_unavailable', message: expect.stringContaining(message) })
const text = async (outbound: Outbound, url: string, init?: RequestInit) => (await outbound.fetch(url, init)).text()

const loopback = [
  ...['127.0.0.1', '127.1', '127.0.1', '0x7f.1', '0x7f.0.0.1', '0x7F000001', '2130706433', '017700000001'],
  ...['0177.0.0.1', '0177.1', '127.0.0.1.', '127.000.000.001', '%31%32%37.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1'],
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:FFFF:7F00:0001]', 'localhost', 'LocalHost'],
]
const elsewhere = [
  ...['0', '0x0', '0.0.0.0', '127.255.255.254', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::127.0.0.1]'],
  ...['[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
  ...['10.0.0.1', '0xa.1', '167772161', '172.16.0.1', '192.168.1.1', '100.64.0.1', '198.18.0.1', '192.0.2.1'],
  ...['169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '[::ffff:169.254.169.254]'],
  ...['169.254.1.1', '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '100.100.100.200', '168.63.129.16'],
  ...['192.0.0.192', '224.0.0.1', '239.255.255.250', '[ff02::1]', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...['[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[4000::1]'],
]

test.each([...loopback, ...elsewhere])('https://%s is refused, and nobody is connected to', async (host) => {
  const { port, visits } = await tripwire()
  for (const protocol of ['https', 'http']) {
    const asking = guarded.fetch(`${protocol}://${host}:${port}/`)
    await expect(asking).rejects.toMatchObject({ code: 'config_invalid' })
  }
  expect(visits()).toBe(0)
})

test.each(loopback)('http://%s does lead to loopback, where the setting for sandboxes opens it', async (host) => {
  const { port, visits } = await tripwire()
  expect(await text(sandboxed, `http://${host}:${port}/`)).toBe('inside')
  expect(visits()).toBe(1)
})

test.each(['169.254.169.254', '0.0.0.0', '[64:ff9b::127.0.0.1]', '[fe80::1]', '224.0.0.1'])(
  'http://%s stays shut where the setting for sandboxes is on',
  async (host) => {
    const { port, visits } = await tripwire()
    await expect(sandboxed.fetch(`http://${host}:${port}/`)).rejects.toMatchObject({ code: 'config_invalid' })
    expect(visits()).toBe(0)
  },
)

/** The name server answers so, time after time. */
function nameServer(...answers: string[][]): void {
  for (const answer of answers) {
    const addresses = answer.map((address) => ({ address, family: 4 }))
    type Done = (error: null, addresses: dns.LookupAddress[]) => void
    vi.mocked(lookup).mockImplementationOnce(((_name: string, _options: object, done: Done) =>
      done(null, addresses)) as unknown as typeof lookup)
  }
}

test('A name that leads inside is refused, and nobody is connected to', async () => {
  const { port, visits } = await tripwire()
  for (const answer of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1']]) {
    nameServer(answer)
    const asking = guarded.fetch(`https://rebinding.example.com:${port}/`)
    await expect(asking).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('rebinding'),
    })
  }
  expect(visits()).toBe(0)
})

test('A name is asked for once: what was checked is what is connected to', async () => {
  const { port, visits } = await tripwire()
  vi.mocked(lookup).mockClear()
  nameServer(['127.0.0.1'], ['93.184.216.34'])
  expect(await text(sandboxed, `http://rebinding.example.com:${port}/`)).toBe('inside')
  expect([vi.mocked(lookup).mock.calls.length, visits()]).toEqual([1, 1])
  vi.mocked(lookup).mockReset()
})

test.each([301, 302, 303, 307, 308])('A redirect by %d is refused, and not followed', async (status) => {
  const { port, visits } = await tripwire()
  const url = await serve((_request, response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end('moved'),
  )
  for (const redirect of ['follow', 'manual', 'error'] as const)
    await expect(sandboxed.fetch(url, { redirect })).rejects.toMatchObject(unavailable(`redirect (${status})`))
  expect(visits()).toBe(0)
})

test('What is asked for is sent whole, however it is said', async () => {
  const url = await serve((request, response) => void echo(request, response))
  const init = { method: 'POST', headers: { 'x-one': '1' }, body: '{"a":"ä"}' }
  const sent = { method: 'POST', one: '1', body: '{"a":"ä"}' }
  for (const input of [url, new URL(url), new Request(url)])
    expect(await (await sandboxed.fetch(input, init)).json()).toEqual(sent)
  expect(await (await sandboxed.fetch(new Request(url, init))).json()).toEqual(sent)
  expect(await (await sandboxed.fetch(url)).json()).toEqual({ method: 'GET', body: '' })
})

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks = await request.toArray()
  const { method, headers } = request
  response.end(JSON.stringify({ method, one: headers['x-one'], body: Buffer.concat(chunks).toString() }))
}

test('Whatever else a source answers is its answer, with all of its headers', async () => {
  const url = await serve((request, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.writeHead(Number(request.url!.slice(1)), 'As it likes', { 'retry-after': '7' }).end()
  })
  for (const status of [200, 204, 304, 404, 429, 503]) {
    const answer = await sandboxed.fetch(`${url}${status}`)
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([status, 'As it likes', ''])
    expect([answer.headers.get('retry-after'), answer.headers.getSetCookie()]).toEqual(['7', ['a=1', 'b=2']])
  }
})

test('A source that is not there, or breaks off, is named with the reason', async () => {
  const { port } = await tripwire()
  const cut = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('half')
    setImmediate(() => response.destroy())
  })
  const nobody = `http://127.0.0.1:${await freePort()}/`
  await expect(text(sandboxed, nobody)).rejects.toMatchObject(unavailable('(ECONNREFUSED)'))
  await expect(text(sandboxed, cut)).rejects.toMatchObject(unavailable(new URL(cut).host))
  const raw = `http://127.0.0.1:${await listen(createTcpServer((socket) => socket.end('SSH-2.0\r\n\r\n')))}/`
  await expect(text(sandboxed, raw)).rejects.toMatchObject(unavailable('could not be reached, or broke off'))
  const noTls = `https://127.0.0.1:${port}/`
  await expect(text(sandboxed, noTls)).rejects.toMatchObject(unavailable('could not be reached, or broke off'))
})

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Writes a piece every 20 ms for as long as somebody listens. */
async function drip(socket: Socket | ServerResponse, piece: string): Promise<void> {
  while (!socket.destroyed) {
    socket.write(piece)
    await sleep(20)
  }
}

const slow: [string, () => Promise<string>][] = [
  ['never answers', () => serve(() => {})],
  ['drips its body', () => serve((_request, response) => void drip(response, ' '))],
  ['drips its headers', () => slowTcp((socket) => void drip(socket, 'x-more: 1\r\n'))],
  ['sends one half of its body', () => serve((_request, response) => void response.write('half'))],
]
test.each(slow)('A source that %s is cut off when the time for the whole answer is over', async (_how, start) => {
  const url = await start()
  await expect(text(hasty, url)).rejects.toMatchObject(unavailable('did not answer within 0.3 s'))
})

async function slowTcp(talk: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 200 OK\r\n')
    talk(socket)
  })
  return `http://127.0.0.1:${await listen(server)}/`
}

test('A source that never ends its handshake is cut off too', async () => {
  const port = await listen(createTcpServer())
  const asking = hasty.fetch(`https://127.0.0.1:${port}/`)
  await expect(asking).rejects.toMatchObject(unavailable('did not answer within 0.3 s'))
})

test('An answer that nobody reads lets go of its connection at the deadline', async () => {
  const { url, left } = await serveVisitor((response) => void drip(response, 'x'.repeat(10_000)))
  expect((await hasty.fetch(url)).status).toBe(200)
  await left
})

const codings: [string, (text: Buffer) => Buffer][] = [
  ['gzip', (body) => gzipSync(body)],
  ['br', (body) => brotliCompressSync(body)],
  ['deflate', (body) => deflateSync(body)],
  ['gzip, gzip', (body) => gzipSync(gzipSync(body))],
  ['identity', (body) => body],
]
test.each(codings)('A body by %s is counted as large as it becomes', async (coding, encode) => {
  const bodies = [MiB, MiB + 1, 32 * MiB].map((bytes) => encode(Buffer.alloc(bytes)))
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': coding }).end(bodies.shift())
  })
  expect(await text(sandboxed, url)).toHaveLength(MiB)
  while (bodies.length > 0)
    await expect(text(sandboxed, url)).rejects.toMatchObject(unavailable('is larger than 1 MiB'))
})

test('A body that becomes too large is not read to its end', async () => {
  const { url, left } = await serveVisitor((response) => void drip(response, 'x'.repeat(300_000)))
  await expect(text(sandboxed, url)).rejects.toMatchObject(unavailable('is larger than 1 MiB'))
  await left
})

test.each([
  ['before its answer', () => {}],
  ['in the middle of its body', (response: ServerResponse) => void drip(response, ' ')],
])('Who leaves a source %s hears his own reason, and the source is let go', async (_when, answer) => {
  const { url, came, left } = await serveVisitor(answer)
  const caller = new AbortController()
  const asking = text(sandboxed, url, { signal: caller.signal }).catch((error: unknown) => error)
  await came
  caller.abort('enough')
  expect(await asking).toBe('enough')
  await left
})

test('Who has stopped before asks nobody', async () => {
  const { port, visits } = await tripwire()
  const url = `http://127.0.0.1:${port}/`
  const signal = AbortSignal.abort('before')
  await expect(sandboxed.fetch(url, { signal })).rejects.toBe('before')
  await expect(sandboxed.fetch(new Request(url, { signal }))).rejects.toBe('before')
  expect(visits()).toBe(0)
})

test('Who wants no more of a body lets go of the source', async () => {
  const { url, left } = await serveVisitor((response) => void drip(response, ' '))
  const response = await sandboxed.fetch(url)
  await response.body!.cancel()
  await expect(left).resolves.toEqual([])
})

test('Its end waits for no source: what is under way breaks off', async () => {
  const { url } = await serveVisitor((response) => void drip(response, ' '))
  const reading = (await sandboxed.fetch(url)).text()
  await Promise.all([sandboxed.close(), expect(reading).rejects.toMatchObject(unavailable('broke off'))])
})
