import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isRunning, readProcess } from './process-table.ts'
import { findPostgresUser } from './system-user.ts'
import { startVictim, testFolder, untilGone } from './test-victim.ts'
import { spawnTied, spawnTypeScript, type TiedProcess } from './tied-process.ts'

const shell = (script: string) => ({ command: '/bin/sh', args: ['-c', script] })

async function firstLine(child: TiedProcess): Promise<string> {
  while (!child.lastLines()[0]) await sleep(10)
  return child.lastLines()[0] ?? ''
}

test('A process says how it ended and what it wrote last', async () => {
  const child = spawnTied(shell('echo to the output; echo to the errors >&2; exit 3'))
  expect(await child.exited).toBe('exit code 3')
  expect(child.lastLines().toSorted()).toEqual(['to the errors', 'to the output'])
})

test('A program that does not exist ends at once and says so', async () => {
  const child = spawnTied({ command: '/nowhere/program', args: [] })
  expect(await child.exited).toBe('exit code 127')
  expect(child.lastLines().join()).toContain('not found')
})

test('A folder that does not exist is an end, not a crash of ours', async () => {
  const child = spawnTied({ ...shell('true'), cwd: '/nowhere' })
  expect(await child.exited).toContain('ENOENT')
  await child.stop()
})

test('stop sends the signal to the program itself, which may end in good order', async () => {
  const child = spawnTied(shell('trap "echo in order; exit 0" INT; echo ready; while :; do sleep 0.05; done'))
  await firstLine(child)
  await child.stop('SIGINT', 3000)
  expect(await child.exited).toBe('exit code 0')
  expect(child.lastLines()).toEqual(['ready', 'in order'])
})

test('stop kills the program and its children when they ignore the signal', async () => {
  const child = spawnTied(shell('trap "" TERM; sleep 300 & echo $!; wait'))
  const grandchild = Number(await firstLine(child))
  const started = Date.now()
  await child.stop('SIGTERM', 300)
  expect(await child.exited).toBe('SIGKILL')
  expect(Date.now() - started).toBeLessThan(2000)
  expect(await untilGone([child.pid, grandchild])).toBeTypeOf('number')
})

test('stop after the end is no error', async () => {
  const child = spawnTied(shell('exit 0'))
  await child.exited
  await child.stop()
  expect(isRunning(child.pid)).toBe(false)
})

test('The watcher beside the program goes with it', async () => {
  const child = spawnTied(shell('sleep 300 & echo $!; wait'))
  await firstLine(child)
  const near = Array.from({ length: 50 }, (_, step) => child.pid + 1 + step)
  const watcher = near.find((pid) => readProcess(pid)?.argv.includes('tied-process')) ?? 0
  // Not a child of the program: Postgres would take its death for the crash of a session, and start anew.
  expect(readProcess(watcher)?.parent).not.toBe(child.pid)
  expect(isRunning(watcher)).toBe(true)
  await child.stop('SIGKILL')
  expect(await untilGone([watcher])).toBeTypeOf('number')
})

test('A TypeScript file runs as one process with its arguments and environment', async () => {
  const file = join(testFolder(), 'child.mts')
  writeFileSync(file, `const n: number = 1; console.log(process.pid, process.argv[2], process.env.GREETING, n)`)
  const child = spawnTypeScript(file, { args: ['an argument'], env: { GREETING: 'hello' } })
  expect(await child.exited).toBe('exit code 0')
  expect(child.lastLines()).toEqual([`${child.pid} an argument hello 1`])
})

test('Killed with SIGKILL, a parent takes its processes along, another user’s and stubborn ones too', async () => {
  const { pids } = await startVictim(`
    import { spawnTied } from './tied-process.ts'
    const user = ${JSON.stringify(findPostgresUser())}
    const plain = spawnTied({ command: '/bin/sleep', args: ['300'], user, cwd: '/' })
    const stubborn = spawnTied({ command: '/bin/sh', args: ['-c', 'trap "" TERM; sleep 301; sleep 302'], cwd: '/' })
    console.log(process.pid, plain.pid, stubborn.pid)
    setInterval(() => {}, 1000)`)
  expect(pids.map(isRunning)).toEqual([true, true, true])
  const [parent = 0, plain = 0, stubborn = 0] = pids
  process.kill(parent, 'SIGKILL')
  expect(await untilGone([plain])).toBeLessThan(1000)
  expect(await untilGone([stubborn])).toBeLessThan(4000)
})

test('Killed with SIGKILL, npm takes along the program that it started and what that has started', async () => {
  const { npm, pids } = await startVictim(`
    import { spawnTied } from './tied-process.ts'
    import { onLauncherGone } from './watch-launchers.ts'
    onLauncherGone(() => process.exit(1))
    const child = spawnTied({ command: '/bin/sleep', args: ['300'] })
    console.log(process.pid, child.pid)
    setInterval(() => {}, 1000)`)
  // Nothing has happened to npm yet: it must not be taken for gone.
  await sleep(1200)
  expect(pids.map(isRunning)).toEqual([true, true])
  npm.kill('SIGKILL')
  expect(await untilGone(pids)).toBeLessThan(2500)
})

test('A zombie is not running, though its pid is taken', async () => {
  const parent = spawnTied(shell('sleep 0.2 & echo $!; exec sleep 300'))
  const zombie = Number(await firstLine(parent))
  expect(await untilGone([zombie])).toBeTypeOf('number')
  expect(() => process.kill(zombie, 0)).not.toThrow()
  await parent.stop('SIGKILL')
})
