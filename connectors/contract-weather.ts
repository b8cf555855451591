/** What goes wrong while a connector is at work. */
import type { Resource } from '@tributary/sdk'
import type { Faults, HttpSandbox, RequestHook, Sandbox } from '@tributary/sdk/sandbox'
import { expect, test } from 'vitest'
import { canonical, type Bench } from './contract-bench.ts'
import { failure } from './contract-failure.ts'

const share = 0.08
const STORM: Partial<Faults> = {
  ...{ tooManyRequests: share, serverErrors: share, resets: share, truncated: share, cut: share, html: share },
  retryAfter: 0,
}
/** A call that needs several requests succeeds more seldom. */
const [FEWEST, MOST] = [40, 400]

/** Everything at once, at random. Who calls turns the faults off again. */
export function testStorm({ entry, sandbox }: Bench, http: HttpSandbox, ask: () => Promise<unknown>) {
  test('gives in a storm what it gives in calm, or an error that passes by', async () => {
    const outcomes = new Set<string>()
    const calm = canonical(await ask())
    Object.assign(http.faults, STORM)
    for (let asked = 0; asked < FEWEST || (asked < MOST && outcomes.size < 3); asked++) {
      const answer = ask()
      const code = async () => (await failure(entry.manifest.type, sandbox, answer)).code
      outcomes.add(await answer.then(canonical, code))
    }
    expect(outcomes).toEqual(new Set([calm, 'rate_limited', 'upstream_unavailable']))
  })
}

export function testExpiry({ entry, open, sandbox }: Bench, http: HttpSandbox, resource: Resource) {
  test('is auth_failed where the credential ends in the middle of a list', async () => {
    const adapter = open()
    const request = { resource, scan: 'full', limit: 5 } as const
    const { next: after } = await adapter.read!(request)
    const restore = http.onRequest(withoutCredentials(sandbox))
    const error = await failure(entry.manifest.type, sandbox, adapter.read!({ ...request, after })).finally(restore)
    expect(error).toMatchObject({ code: 'auth_failed' })
  })
}

/** The source sees no credential any more, wherever the connector puts it. */
const withoutCredentials =
  ({ credentials }: Sandbox): RequestHook =>
  (request) => {
    Object.assign(request, { headers: {} })
    const secrets = Object.values(credentials)
    for (const [name, value] of [...request.query]) if (secrets.includes(value)) request.query.delete(name)
  }
