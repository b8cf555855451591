import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, inject, it } from 'vitest'

const COMMAND = ['--import', 'tsx', `${import.meta.dirname}/sandbox.ts`]
const running: ChildProcess[] = []

afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')))

const run = (...args: string[]) =>
  new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
    execFile(process.execPath, [...COMMAND, ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    ),
  )

/** Starts one that stays, and waits for what it says first. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [...COMMAND, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('Ctrl-C')) break
  }
  return { child, said }
}

describe('npm run sandbox', { timeout: 30_000 }, () => {
  it('starts one alone, says how to reach it, and ends on Ctrl-C', async () => {
    const { child, said } = await start('stripe', '--seed', '7', '--customers', '3', '--latency', '5', '--cut', '1')
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
    expect(said).toContain('secret_key = sk_test_tributary_demo')
    expect(said).toContain(`curl -u sk_test_tributary_demo: '${url}/v1/customers?limit=3'`)
    const headers = { authorization: 'Bearer sk_test_tributary_demo' }
    const text = await (await fetch(`${url}/v1/customers`, { headers })).text()
    expect(text.startsWith('{"object":"list","data":[{"id":"cus_')).toBe(true)
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError) // --cut 1
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('makes a database of its own where it is one, on the server that it is given', async () => {
    const url = inject('postgresUrl').replace(/[^/]+$/, 'sandbox_alone')
    const { said } = await start('postgres', '--postgres-url', url, '--customers', '3')
    expect(said).toContain('"database":"sandbox_alone"')
    expect(said).toContain('Ctrl-C ends it; its database stays.')
  })

  it('explains itself', async () => {
    const [general, own] = await Promise.all([run('--help'), run('stripe', '--help')])
    expect([general.code, own.code]).toEqual([0, 0])
    expect(general.out).toMatch(/npm run sandbox -- <.*stripe.*> \[flags\]/)
    expect(own.out).toContain('--customers <n>  (5000)')
    expect(own.out).toContain('--rate-limit <n>')
  })

  it.each([
    [['acme'], 'There is no sandbox "acme"; there are: '],
    [['stripe', '--widgets', '3'], "Unknown option '--widgets'. See: npm run sandbox -- stripe --help"],
    [['stripe', '--latency', 'slow'], '--latency must be a number, not "slow".'],
    [['postgres'], 'postgres sandbox: it needs the URL of a Postgres; give postgresUrl (--postgres-url)'],
    [['stripe', '--postgres-url', 'postgres://127.0.0.1/x'], "Unknown option '--postgres-url'"],
    [['stripe', '--resets', '7'], 'fault "resets" must be from 0 to 1'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { code, err } = await run(...args)
    expect(code).toBe(1)
    expect(err).toContain(sentence)
    expect(err).not.toContain('    at ')
  })
})
