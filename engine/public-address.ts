/** What may be connected to: public addresses, over https. */
import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConnectorError } from '@tributary/sdk'

/** What a setting opens, for sandboxes. Link-local stays shut: machines in a cloud find their own credentials there. */
const PRIVATE = new Set(['loopback', 'private', 'uniqueLocal'])
/** Credentials of a cloud that lie elsewhere: Azure's wire server, the metadata of AWS and of Google over IPv6. */
const METADATA = ['168.63.129.16/32', 'fd00:ec2::/32', 'fd20:ce::/32'].map((block) => ipaddr.parseCIDR(block))
/** The one block of IPv6 that is given out. ipaddr.js calls all that has no other name unicast, ::7f00:1 among it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** Throws `config_invalid`. A host that is a name is checked when it is looked up. */
export function checkTarget(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    throw new ConnectorError('config_invalid', `requests to ${url.protocol}//${url.host} are not allowed; use https`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // undici does not call `lookup` for an address that stands in the URL.
  if (ipaddr.isValid(host)) checkAddress(host, url.host, allowPrivate)
}

/** For a connection: the addresses that are checked are the ones that are connected to. */
export function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, done) =>
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '')
      try {
        for (const { address } of addresses) checkAddress(address, hostname, allowPrivate)
      } catch (refusal) {
        return done(refusal as Error, '')
      }
      if (options.all) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    })
}

function checkAddress(text: string, host: string, allowPrivate: boolean): void {
  const address = ipaddr.process(text)
  const isOpen = isPublic(address) || (allowPrivate && PRIVATE.has(address.range()))
  if (isOpen && !isMetadata(address)) return
  throw new ConnectorError(
    'config_invalid',
    `${host} is not a public address; Tributary does not connect to private networks`,
  )
}

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_IPV6))

const isMetadata = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  ipaddr.subnetMatch(address, { metadata: METADATA }, '') === 'metadata'
