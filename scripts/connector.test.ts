import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { childEnvironment } from '../config.ts'
import type { DryRun } from './connector/dry-run.ts'

const SECRET = 'hush hush'
let file: string
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'tributary-connector-')), 'people.csv')
  await writeFile(file, 'no,mail,since\n1,ada@example.com,2024-02-29\n2,bob@example.com,soon\n')
})
afterAll(() => rm(join(file, '..'), { recursive: true }))

/** Without a terminal, a Postgres or a Temporal. */
const run = (args: string[], given: Record<string, string> = {}) =>
  new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    const command = ['--import', 'tsx', join(import.meta.dirname, 'connector.ts'), ...args]
    const child = execFile(
      process.execPath,
      command,
      { env: childEnvironment(given), maxBuffer: 1 << 26 },
      (error, out, err) => resolve({ code: error?.code ?? 0, out, err }),
    )
    child.stdin?.end()
  })

async function report(...args: string[]): Promise<DryRun & { code: unknown }> {
  const { code, err, out } = await run(['dry-run', ...args, '--json'])
  expect(err).toBe('')
  return { ...(JSON.parse(out) as DryRun), code }
}

describe('npm run connector -- dry-run', () => {
  test('reads the first pages from the sandbox and shows what becomes of them', async () => {
    const { account, code, resources, target } = await report('stripe', '--resource', 'subscription')
    expect({ code, target, mode: account.mode }).toEqual({ code: 0, target: 'sandbox', mode: 'test' })
    const [subscription] = resources
    expect(subscription).toMatchObject({ model: 'subscription', pages: 2, more: true, objects: 200, refused: [] })
    // Two pages, and those with more items than a list shows: each takes its object and a list of the items.
    expect(subscription!.stubs.length).toBeGreaterThan(0)
    expect(subscription!.requests).toBe(2 + 2 * subscription!.stubs.length)
    expect(subscription!.unmapped).toContain('/items/data/*/plan')
    expect(subscription!.unmapped).not.toContain('/items/data/*/price/id')
    const { paths, raw, records } = subscription!.samples[0]!
    expect(records[0]!.source_id).toBe((raw as { id: string }).id)
    expect(paths.find(({ pointer }) => pointer === '/customer')?.unified).toEqual(['/customer_id'])
  })

  test('says it in a table for a person', async () => {
    const { code, out } = await run(['dry-run', 'stripe', '--pages', '1', '--resource', 'customer'])
    expect(code).toBe(0)
    expect(out).toContain('customer → customer\n  1 page, and there are more · 100 objects · 0 of them')
    expect(out).toMatch(/ {4}\/address\/city +"[^"]+" +→ \/billing_address\/city +"[^"]+"\n/)
    expect(out).toMatch(/Unmapped, in the raw object alone: \/balance, .*\/object/)
  })

  test('reads a file of one’s own, and fails where an object cannot go into its model', async () => {
    const mapping = { email: 'mail', created_at: 'since' }
    const config = JSON.stringify({ key_column: 'no', model: 'customer', mapping })
    const { code, resources, target } = await report('csv', '--file', file, '--config', config)
    expect({ code, target }).toEqual({ code: 1, target: 'account' })
    expect(resources[0]).toMatchObject({ resource: 'row', objects: 2, pages: 1, more: false, custom_fields: ['/no'] })
    expect(resources[0]!.refused).toEqual([
      {
        reason_code: 'invalid_payload',
        reason: expect.stringContaining('customer.created_at'),
        objects: 1,
        ids: ['2'],
      },
    ])
  })

  test('names the path where a record is not of its model', async () => {
    const config = JSON.stringify({ model: 'invoice', mapping: { status: 'mail' } })
    const { code, out } = await run(['dry-run', 'csv', '--file', file, '--config', config])
    expect(code).toBe(1)
    expect(out).toMatch(/WRONG {2}2 of 2 objects \(.*\): invalid_record: status: Invalid option/)
  })

  test('uses a real account’s credential, prints it nowhere, and does not go to a private address with it', async () => {
    const given = { TRIBUTARY_CREDENTIAL_SECRET_KEY: SECRET }
    const [refused, local] = await Promise.all([
      run(['dry-run', 'stripe'], given),
      run(['dry-run', 'stripe', '--config', '{"base_url":"http://127.0.0.1:4010"}'], given),
    ])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('stripe: the secret_key has characters') })
    expect(local).toMatchObject({ code: 1, err: expect.stringContaining('stripe: base_url is not allowed') })
    expect(JSON.stringify([refused, local])).not.toContain(SECRET)
  })

  test.each([
    [['acme'], 'no connector "acme" is enabled; there are csv,'],
    [['stripe', '--resource', 'cow'], 'stripe: there is no resource "cow"; there are customer, product,'],
    [['stripe', '--config', '{base_url}'], '--config must be a JSON object in quotes'],
    [['stripe', '--config', '[]'], '--config must be a JSON object in quotes'],
    [['stripe', '--config', '{"colour":"red"}'], 'stripe: config ✖ Unrecognized key: "colour"'],
    [['stripe', '--pages', '0'], '--pages must be a whole number from 1, not "0"'],
    [['stripe', '--account'], 'stripe: secret_key is missing; set TRIBUTARY_CREDENTIAL_SECRET_KEY'],
    [['stripe', '--secret-key', 'x'], "Unknown option '--secret-key'"],
    [[], 'Name one connector'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { code, err } = await run(['dry-run', ...args])
    expect(code).toBe(1)
    expect(err).toContain(sentence)
    expect(err).not.toContain('    at ')
  })
})

test('npm run connector explains itself', async () => {
  const [general, unknown, refused] = await Promise.all([run([]), run(['fly']), run(['new', 'Acme'])])
  expect(general).toMatchObject({ code: 0, out: expect.stringContaining('TRIBUTARY_CREDENTIAL_<NAME>') })
  expect(unknown).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no command "fly"; there are: dry-run, new'),
  })
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('"Acme" cannot be the name of a connector') })
})
