import { generateKeyPairSync, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** PEM. `cert` signs itself, so it is its own authority too. */
export type TestCertificate = { key: string; cert: string }

/** A certificate for a name or an IPv4 address, valid from yesterday for ten days. */
export function makeCertificate(host: string): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const name = sequence(der(SET, sequence(oid(2, 5, 4, 3), der(UTF8_STRING, Buffer.from(host)))))
  const signed = sequence(
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(-1), time(9)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, sequence(isAuthority(), isFor(host))),
  )
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', signed, privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: toPem(sequence(signed, ECDSA_WITH_SHA256, signature)),
  }
}

const [INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8_STRING, SET] = [2, 3, 4, 6, 12, 0x31]
const [VERSION, EXTENSIONS, DNS_NAME, IP_ADDRESS] = [0xa0, 0xa3, 0x82, 0x87]

/** X.690: a tag, the length of what follows, and that. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const prefix = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...prefix]), content])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts)

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const inSevens = (n: number): number[] => (n < 128 ? [n] : [...inSevens(n >> 7).map((byte) => byte | 128), n & 127])
  return der(OID, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]))
}

const ECDSA_WITH_SHA256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2))

function time(days: number): Buffer {
  const date = new Date(Date.now() + days * 24 * 3600 * 1000)
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}

const isAuthority = (): Buffer => sequence(oid(2, 5, 29, 19), der(OCTET_STRING, sequence(der(1, Buffer.from([255])))))

function isFor(host: string): Buffer {
  const name = isIPv4(host)
    ? der(IP_ADDRESS, Buffer.from(host.split('.').map(Number)))
    : der(DNS_NAME, Buffer.from(host))
  return sequence(oid(2, 5, 29, 17), der(OCTET_STRING, sequence(name)))
}

const toPem = (certificate: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
