import { noFaults, type FaultName, type Faults, type HttpSandbox } from '@tributary/sdk/sandbox'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readPages, type Bench } from './contract-bench.ts'
import { failure } from './contract-failure.ts'
import { testExpiry, testStorm } from './contract-weather.ts'

/** How a connector behaves where the network or the source does not. */
export function testNetwork(bench: Bench, http: HttpSandbox) {
  const { entry, sandbox, open } = bench
  const resource = bench.resources.get(sandbox.resources[0]!)!
  const { type } = entry.manifest
  let known = ''
  const asks: Record<string, (given?: Parameters<Bench['open']>[0]) => Promise<unknown>> = {
    'a test': (given) => open(given).testConnection(),
    'a read': (given) => open(given).read!({ resource, scan: 'full', limit: 10 }),
    ...('get' in open() && { 'a get': (given) => open(given).get!(resource, [known]) }),
  }
  const turnOn = (faults: Partial<Faults>) => void Object.assign(http.faults, faults)
  afterEach(() => turnOn(noFaults))

  describe.each(Object.entries(asks))('%s', (_name, ask) => {
    beforeAll(async () => void (known = (await readPages(bench, resource, 100))[0]!.items[0]!.id))

    test('is auth_failed with a credential that is not accepted', async () => {
      const credentials = mapValues(sandbox.credentials, (value) => `${value}_wrong`)
      expect(await failure(type, sandbox, ask({ credentials }))).toMatchObject({ code: 'auth_failed' })
    })

    test('is config_invalid without a credential', async () => {
      expect(await failure(type, sandbox, ask({ credentials: {} }))).toMatchObject({ code: 'config_invalid' })
    })

    test('is rate_limited with the delay that the source asks for', async () => {
      turnOn({ tooManyRequests: 1, retryAfter: 7 })
      const error = await failure(type, sandbox, ask())
      expect(error).toMatchObject({ name: 'RateLimitError', code: 'rate_limited', retryAfterMs: 7000 })
    })

    test('is rate_limited until the time that the source names', async () => {
      turnOn({ tooManyRequests: 1, retryAfter: 60, retryAfterDate: true })
      const { retryAfterMs } = await failure(type, sandbox, ask())
      expect(Math.abs(retryAfterMs! - 60_000)).toBeLessThan(5000)
    })

    test.each<FaultName>(['serverErrors', 'resets', 'truncated', 'cut', 'html'])(
      'is upstream_unavailable after %s',
      async (fault) => {
        turnOn({ [fault]: 1 })
        expect(await failure(type, sandbox, ask())).toMatchObject({ code: 'upstream_unavailable' })
      },
    )

    testStorm(bench, http, ask)

    test('ends as soon as it is told to', async () => {
      turnOn({ latency: 20_000 })
      const begun = Date.now()
      await expect(ask({ signal: AbortSignal.timeout(50) })).rejects.toBeDefined()
      expect(Date.now() - begun).toBeLessThan(5000)
    })
  })

  if (Object.keys(sandbox.credentials).length > 0) testExpiry(bench, http, resource)

  test('reaches the source by nothing but the fetch it was given', async () => {
    const [asked, fetched] = [http.requests.count(), bench.fetched()]
    await readPages(bench, resource, 5)
    expect(http.requests.count() - asked).toBeGreaterThan(0)
    expect(http.requests.count() - asked).toBe(bench.fetched() - fetched)
  })
}

const mapValues = (values: Record<string, string>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
