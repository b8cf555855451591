import { lookup } from 'node:dns'
import type * as dns from 'node:dns'
import { afterEach, expect, test, vi } from 'vitest'
import { checkedLookup, checkTarget } from './public-address.ts'

vi.mock('node:dns', async (original) => {
  const real = await original<typeof dns>()
  return { ...real, lookup: vi.fn(real.lookup) }
})
afterEach(() => void vi.mocked(lookup).mockReset())

const refusal = { code: 'config_invalid', message: expect.stringContaining('is not a public address') }
const https = (address: string) => new URL(`https://${address.includes(':') ? `[${address}]` : address}/`)

// The last before, and the first after, a block that is not public.
const open = [
  ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
  ...['198.17.255.255', '198.20.0.0', '223.255.255.255', '::ffff:8.8.8.8', '2001:200::', '2003::', '2606:4700::1111'],
]
test.each(open)('%s is public', (address) => {
  expect(() => checkTarget(https(address), false)).not.toThrow()
})

const shut = [
  ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.0'],
  ...['127.255.255.255', '169.254.0.0', '169.254.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0'],
  ...['192.168.255.255', '198.18.0.0', '198.19.255.255', '224.0.0.0', '255.255.255.255', '::', '::1', 'fc00::'],
  ...['fe80::', 'ff00::', '1fff::', '2001:1ff:ffff::', '2002::', '4000::'],
]
test.each(shut)('%s is not', (address) => {
  expect(() => checkTarget(https(address), false)).toThrow(expect.objectContaining(refusal))
})

const sandboxes = ['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.0.1', '::1', 'fd12::1', '::ffff:127.0.0.1']
test.each(sandboxes)('%s is opened by the setting for sandboxes', (address) => {
  expect(() => checkTarget(https(address), true)).not.toThrow()
})

const credentials = [
  ...['169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', 'fe80::a9fe:a9fe', '100.100.100.200'],
  ...['192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
]
test.each(credentials)('%s, where a cloud keeps credentials, is shut whatever the setting', (address) => {
  for (const allowPrivate of [false, true])
    expect(() => checkTarget(https(address), allowPrivate)).toThrow(expect.objectContaining(refusal))
})

test('Only https goes out; the setting for sandboxes adds http, and nothing else', () => {
  const protocols = ['https:', 'http:', 'ftp:', 'file:', 'data:', 'ws:', 'gopher:']
  const allowed = (allowPrivate: boolean) =>
    protocols.filter((protocol) => !isRefused(() => checkTarget(new URL(`${protocol}//example.com/`), allowPrivate)))
  expect(allowed(false)).toEqual(['https:'])
  expect(allowed(true)).toEqual(['https:', 'http:'])
})

function isRefused(check: () => void): boolean {
  try {
    check()
    return false
  } catch (error) {
    expect(error).toMatchObject({ code: 'config_invalid' })
    return true
  }
}

/** What a connection gets to an address of, when the name server answers with these. */
function resolve(answer: string[] | Error, options: { all?: boolean; allowPrivate?: boolean } = {}) {
  const addresses = answer instanceof Error ? [] : answer.map((address) => ({ address, family: familyOf(address) }))
  const failure = answer instanceof Error ? answer : null
  type Done = (error: Error | null, addresses: dns.LookupAddress[]) => void
  vi.mocked(lookup).mockImplementation(((_name: string, _options: object, done: Done) =>
    done(failure, addresses)) as unknown as typeof lookup)
  const { allowPrivate = false, all = true } = options
  return new Promise((done) => {
    checkedLookup(allowPrivate)('api.example.com', { all }, (error, address, family) =>
      done(error ?? (all ? address : [address, family])),
    )
  })
}
const familyOf = (address: string) => (address.includes(':') ? 6 : 4)

test('A name that leads to public addresses gives all of them, or the first, as it was asked', async () => {
  const addresses = ['93.184.216.34', '2606:4700::1111']
  const answer = addresses.map((address) => ({ address, family: familyOf(address) }))
  expect(await resolve(addresses)).toEqual(answer)
  expect(await resolve(addresses, { all: false })).toEqual(['93.184.216.34', 4])
})

test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fe80::1%eth0', '::ffff:10.0.0.1', '64:ff9b::7f00:1'])(
  'A name that leads to %s is refused, also where it has public addresses beside it',
  async (address) => {
    for (const answer of [[address], ['93.184.216.34', address], [address, '93.184.216.34']])
      for (const all of [true, false]) expect(await resolve(answer, { all })).toMatchObject(refusal)
  },
)

test('The refusal names the host that was asked for, and not where it leads', async () => {
  const { message } = (await resolve(['10.1.2.3'])) as Error
  expect(message).toContain('api.example.com')
  expect(message).not.toContain('10.1.2.3')
})

test('With the setting for sandboxes a name may lead to loopback, but not to credentials of a cloud', async () => {
  expect(await resolve(['127.0.0.1'], { all: false, allowPrivate: true })).toEqual(['127.0.0.1', 4])
  expect(await resolve(['127.0.0.1', '169.254.169.254'], { allowPrivate: true })).toMatchObject(refusal)
})

test('What the name server says of a name that it does not have is handed on', async () => {
  const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
  expect(await resolve(missing)).toBe(missing)
})
