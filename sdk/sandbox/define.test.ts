import { expect, it } from 'vitest'
import { defineSandbox } from './define.ts'
import type { Sandbox, SandboxPlan } from './define.ts'
import { noFaults } from './faults.ts'

const plans: SandboxPlan[] = []
const factory = defineSandbox({
  name: 'acme',
  counts: { users: 10, deals: 3 },
  credentials: { token: 'tributary_demo' },
  launch: async (plan): Promise<Sandbox> => (plans.push(plan), {} as Sandbox),
})

it('fills every gap of the options', async () => {
  await factory.start({ counts: { deals: 0 }, faults: { latency: 5 }, now: 1_700_000_000_500 })
  const plan = plans.at(-1)
  expect(plan).toMatchObject({ seed: 1, counts: { users: 10, deals: 0 }, credentials: { token: 'tributary_demo' } })
  expect(plan?.faults).toEqual({ ...noFaults, latency: 5 })
  plan?.clock.advance(1500)
  expect([plan?.clock.now(), plan?.clock.seconds()]).toEqual([1_700_000_002_000, 1_700_000_002])
})

it('goes with the real time unless it is set still', async () => {
  await factory.start()
  const before = Date.now()
  const now = plans.at(-1)?.clock.now() ?? 0
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(Date.now())
})

it('refuses counts that it does not know and that cannot be, and faults likewise', async () => {
  await expect(factory.start({ counts: { user: 5 } })).rejects.toThrow(
    'acme sandbox: it has no "user"; it has users, deals',
  )
  await expect(factory.start({ counts: { users: 1.5 } })).rejects.toThrow('"users" must be a whole number')
  await expect(factory.start({ faults: { lag: 1 } as never })).rejects.toThrow('there is no fault "lag"')
})

it('does not start without the Postgres that it needs', async () => {
  const launch = async ({ postgresUrl }: SandboxPlan) => ({ url: postgresUrl }) as Sandbox
  const database = defineSandbox({ name: 'acme_db', counts: {}, credentials: {}, needsPostgres: true, launch })
  await expect(database.start()).rejects.toThrow('acme_db sandbox: it needs the URL of a Postgres; give postgresUrl')
  const { url } = await database.start({ postgresUrl: 'postgres://postgres@127.0.0.1:5440/acme' })
  expect(url).toBe('postgres://postgres@127.0.0.1:5440/acme')
})
