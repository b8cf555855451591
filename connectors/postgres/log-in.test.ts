import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { isConnectorError, type Adapter, type ConnectorError } from '@tributary/sdk'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { guardedDial } from '../../engine/guarded-dial.ts'
import { startPostgres, type RunningPostgres } from '../../stack/postgres.ts'
import { makeCertificate } from '../../stack/test-certificate.ts'
import { config, type Config } from './config.ts'
import connector from './index.ts'

const PASSWORD = 'never-to-be-seen'
const certificate = makeCertificate('localhost')
const opened: Adapter[] = []
afterEach(async () => void (await Promise.all(opened.splice(0).map((adapter) => adapter.close!()))))

function open(given: { port: number; user?: string; password?: string } & Partial<Config>): Adapter {
  const { user = 'scram', password = PASSWORD, ...settings } = given
  const usage = { requests: 0, errors: 0, throttled_ms: 0 }
  const signal = new AbortController().signal
  const adapter = connector.open({
    config: config.parse({ host: 'localhost', database: 'postgres', ssl_ca: certificate.cert, ...settings }),
    secret: (name) => ({ user, password })[name]!,
    fetch: () => Promise.reject(new Error('no HTTP')),
    dial: guardedDial({ allowPrivate: true, usage, signal, connectMs: 5000 }),
    signal,
  })
  opened.push(adapter)
  return adapter
}

async function refusal(adapter: Adapter): Promise<ConnectorError> {
  const error: unknown = await adapter.testConnection().catch((thrown: unknown) => thrown)
  if (!isConnectorError(error)) throw new TypeError(`no ConnectorError but ${inspect(error)}`)
  expect(error.message).toMatch(/^postgres: /)
  expect(inspect(error, { depth: 8, showHidden: true })).not.toContain(PASSWORD)
  return error
}

describe('a real server', () => {
  let folder: string
  let server: RunningPostgres
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-log-in-'))
    await chmod(folder, 0o755)
    server = await startPostgres({ dir: folder, profile: 'test' })
    const sql = postgres(server.url, { max: 1, onnotice: () => {} })
    const write = (file: string, text: string) =>
      sql.unsafe(`copy (select string_to_table($$${text.trim()}$$, E'\\n')) to program 'umask 077; cat > ${file}'`)
    await write('server.crt', certificate.cert)
    await write('server.key', certificate.key)
    await write('pg_hba.conf', HBA)
    await sql.unsafe(`create table public.t (id int primary key); grant select on public.t to public;
      create role scram login password '${PASSWORD}'; create role clear login password '${PASSWORD}';
      create role shut login password '${PASSWORD}';
      set password_encryption = 'md5'; create role hashed login password '${PASSWORD}'`)
    for (const statement of ['alter system set ssl = on', 'select pg_reload_conf()']) await sql.unsafe(statement)
    await sql.end()
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  const HBA = [
    ...['host all postgres 127.0.0.1/32 trust', 'host all clear all password', 'host all hashed all md5'],
    ...['host all shut all reject', 'hostssl all scram all scram-sha-256', 'host all scram all reject'],
  ].join('\n')
  const to = (given: Parameters<typeof open>[0] | object = {}) => open({ port: server.port, ...given })

  test('is read encrypted, by SCRAM, after it has proved to be the host', async () => {
    const adapter = to()
    expect(await adapter.testConnection()).toMatchObject({ mode: 'live' })
    expect((await adapter.discover!()).map(({ name }) => name)).toEqual(['public.t'])
  })

  test('is not read in the clear, where it wants that encrypted', async () => {
    expect(await refusal(to({ sslmode: 'disable' }))).toMatchObject({ code: 'auth_failed' })
  })

  test.each([
    ['another authority', { ssl_ca: makeCertificate('localhost').cert }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['a public authority', { ssl_ca: undefined }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['another host', { host: '127.0.0.1' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('is refused where its certificate should be of %s', async (_whose, settings, code) => {
    const error = await refusal(to(settings))
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(code) })
  })

  test.each([
    ['scram', 'wrong', 'auth_failed', '28P01'],
    ['nobody', PASSWORD, 'auth_failed', '28000'],
    ['shut', PASSWORD, 'auth_failed', '28000'],
  ])('says what is wrong for the user %s with the password %s', async (user, password, code, told) => {
    expect(await refusal(to({ user, password }))).toMatchObject({ code, message: expect.stringContaining(told) })
  })

  test('says so where there is no such database', async () => {
    expect(await refusal(to({ database: 'nowhere' }))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('correct `database` (3D000)'),
    })
  })

  test.each([
    ['clear', 'asks for the password in clear text, so it got none; set scram-sha-256'],
    ['hashed', "asks for the MD5 of the password, so it got none; set password_encryption = 'scram-sha-256'"],
  ])('that would log the user %s in another way gets no password', async (user, message) => {
    expect(await refusal(to({ user }))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(message),
    })
  })
})

describe('somebody who answers in the place of a server', () => {
  const message = (type: string, ...parts: (number | string)[]): Buffer => {
    const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : toInt32(part)))
    const content = Buffer.concat(bytes)
    return Buffer.concat([Buffer.from(type), toInt32(content.length + 4), content])
  }
  const toInt32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])
  const LET_IN = Buffer.concat([message('R', 0), message('Z', 'I')])
  const ASK_CLEAR = message('R', 3)
  const ASK_MD5 = message('R', 5, 'salt')
  const SCRAM = message('R', 10, 'SCRAM-SHA-256\0\0')

  /** Answers each chunk that it hears with the next of `answers`, and keeps what it heard. */
  async function impostor(...answers: (Buffer | 'hang up')[]) {
    let heard = ''
    const calls: Socket[] = []
    const server: Server = createServer((socket) => {
      calls.push(socket)
      socket
        .on('error', () => {})
        .on('data', (chunk) => {
          heard += chunk.toString('latin1')
          const answer = answers.shift()
          if (answer === 'hang up') socket.end()
          else if (answer) socket.write(answer)
        })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void (calls.forEach((call) => call.destroy()), server.close()))
    const port = (server.address() as AddressInfo).port
    return { adapter: open({ port, sslmode: 'disable' }), port, heard: () => heard, calls }
  }

  test.each([
    ['the password in clear text', [ASK_CLEAR], 'in clear text'],
    ['its MD5', [ASK_MD5], 'the MD5'],
    ['its MD5, as one goes on after SCRAM', [SCRAM, ASK_MD5], 'the MD5'],
    ['a ticket of Kerberos', [message('R', 7)], 'something else than a password by SCRAM'],
    ['a mechanism of its own', [message('R', 10, 'OAUTHBEARER\0\0')], 'something else than a password by SCRAM'],
    ['two things at once', [Buffer.concat([SCRAM, ASK_CLEAR])], 'in clear text'],
    ['it, byte by byte', [ASK_CLEAR.subarray(0, 6)], undefined],
  ])('and asks for %s gets nothing', async (_what, answers, expected) => {
    const { adapter, heard, calls } = await impostor(...answers)
    const asking = refusal(adapter)
    if (!expected) {
      await expect.poll(() => calls.length).toBe(1)
      await expect.poll(heard).not.toBe('')
      calls[0]!.write(ASK_CLEAR.subarray(6))
    }
    expect(await asking).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(expected ?? 'in clear text'),
    })
    expect(heard()).not.toContain(PASSWORD)
  })

  test.each([ASK_CLEAR, ASK_MD5])('and asks for the password after all was settled gets none', async (question) => {
    const { adapter, heard } = await impostor(Buffer.concat([LET_IN, question]), 'hang up')
    await refusal(adapter)
    expect(heard()).not.toContain(PASSWORD)
    expect(heard()).not.toContain('md5')
  })

  test.each(['i=1000001', 'i=1000001,x=1', ''])(
    'and wants a password hashed without end (%j) is left',
    async (effort) => {
      const { adapter } = await impostor(SCRAM, message('R', 11, `r=abc,s=c2FsdA==,${effort}`))
      expect(await refusal(adapter)).toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('too often'),
      })
    },
  )

  test('and does not know the password either is refused', async () => {
    const challenge = message('R', 11, 'r=abc,s=c2FsdA==,i=4096')
    const { adapter } = await impostor(SCRAM, challenge, message('R', 12, 'v=AAAA'))
    expect(await refusal(adapter)).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('does not know the password itself'),
    })
  })

  test('and hangs up is called once, not for ever', async () => {
    const { adapter, calls } = await impostor('hang up')
    expect(await refusal(adapter)).toMatchObject({
      code: 'upstream_unavailable',
      message: 'postgres: the server hung up before it let anybody in; ask again',
    })
    expect(calls).toHaveLength(1)
  })

  test.each([
    ['constructor', 'invalid_request', '(constructor)'],
    ['Jane Doe, born 1970', 'invalid_request', '(no code)'],
    ['57P03', 'upstream_unavailable', '(57P03)'],
  ])('and refuses with the code %s is quoted with nothing else', async (sqlstate, code, told) => {
    const { adapter } = await impostor(message('E', `SFATAL\0VFATAL\0C${sqlstate}\0MJane Doe\0DJane Doe\0\0`))
    const error = await refusal(adapter)
    expect(error).toMatchObject({ code, message: expect.stringContaining(told) })
    expect(inspect(error, { depth: 8, showHidden: true })).not.toContain('Jane Doe')
  })

  test('and answers a question without end is cut off before memory is full', async () => {
    const row = Buffer.concat([Buffer.from('D'), toInt32(0x7fffffff), Buffer.alloc(65 * 1024 * 1024)])
    const { adapter } = await impostor(LET_IN, row)
    expect(await refusal(adapter)).toMatchObject({
      code: 'upstream_unavailable',
      message: 'postgres: the answer is larger than 64 MiB',
    })
  })

  test('and speaks without end, or another language, is left', async () => {
    const flood = Buffer.concat([Buffer.from('R'), toInt32(0x7fffffff), Buffer.alloc(70_000)])
    for (const answer of [flood, Buffer.from(`HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(70_000)}`)]) {
      const { adapter } = await impostor(answer)
      expect(await refusal(adapter)).toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('does not speak as PostgreSQL does'),
      })
    }
  })

  test.each([
    ['has no TLS', 'N', 'does not speak TLS; set ssl = on there'],
    ['slips something in behind its yes', 'SR\0\0\0\x08\0\0\0\0', 'does not speak as PostgreSQL does'],
    ['is of another kind', 'E', 'does not speak as PostgreSQL does'],
  ])('and %s is told nothing in the clear', async (_what, answer, expected) => {
    const { port, heard } = await impostor(Buffer.from(answer))
    const error = await refusal(open({ port }))
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(expected) })
    expect(heard()).toBe('\0\0\0\x08\x04\xd2\x16\x2f')
  })
})
