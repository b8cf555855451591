import { randomBytes } from 'node:crypto'
import { inspect, format } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyIdOf, parseKeyring, seal, SealError, unseal } from './keyring.ts'
import { maskedSecrets } from './secret.ts'

const keyText = (id: string, fill = 1) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`
const keyring = parseKeyring(keyText('k1'))
const context = { org_id: 'org_1', table: 'credentials', row: 'con_1', field: 'encrypted_value' }
const SECRET = '{"secret_key":"sk_test_tributary_demo"}'

/** Byte by byte where the parts of a sealed value lie. */
const LAYOUT = { version: 0, length: 1, keyId: 2, iv: 4, ciphertext: 16 }

test.each(['', SECRET, 'ü👍\u0000', 'x'.repeat(100_000)])('What was sealed opens again', (plaintext) => {
  const sealed = seal(keyring, plaintext, context)
  expect(unseal(keyring, sealed, context)).toBe(plaintext)
  expect(sealed.length).toBe(LAYOUT.ciphertext + Buffer.byteLength(plaintext) + 16)
})

test('It begins with its version and the id of its key, and shows nothing of what is in it', () => {
  const sealed = seal(keyring, SECRET, context)
  expect([...sealed.subarray(0, 4)]).toEqual([1, 2, ...Buffer.from('k1')])
  expect(keyIdOf(sealed)).toBe('k1')
  expect(sealed.includes('sk_test')).toBe(false)
})

test('The same text is sealed differently each time', () => {
  const sealed = Array.from({ length: 200 }, () => seal(keyring, SECRET, context).toString('hex'))
  expect(new Set(sealed).size).toBe(200)
  expect(new Set(sealed.map((text) => text.slice(2 * LAYOUT.iv, 2 * LAYOUT.ciphertext))).size).toBe(200)
})

test.each(['org_id', 'table', 'row', 'field'] as const)(
  'A value that was moved to another %s does not open',
  (part) => {
    const sealed = seal(keyring, SECRET, context)
    expect(() => unseal(keyring, sealed, { ...context, [part]: 'other' })).toThrow(SealError)
    expect(() => unseal(keyring, sealed, { ...context, [part]: '' })).toThrow(SealError)
  },
)

test('Parts of a place cannot be shifted into each other', () => {
  const sealed = seal(keyring, SECRET, { ...context, table: 'ab', row: 'c' })
  expect(() => unseal(keyring, sealed, { ...context, table: 'a', row: 'bc' })).toThrow(SealError)
})

test('No bit of a sealed value can be flipped, wherever it lies', () => {
  const sealed = seal(keyring, 'a secret', context)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Buffer.from(sealed)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => unseal(keyring, flipped, context), `bit ${bit}`).toThrow(SealError)
  }
})

test('A value that is cut, or grown, does not open: a shorter tag is none', () => {
  const sealed = seal(keyring, 'a secret', context)
  for (let length = 0; length < sealed.length; length++)
    expect(() => unseal(keyring, sealed.subarray(0, length), context), `${length} bytes`).toThrow(SealError)
  expect(() => unseal(keyring, Buffer.concat([sealed, Buffer.alloc(1)]), context)).toThrow(SealError)
})

test('No bytes that we did not seal open', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(() => unseal(keyring, Buffer.from(bytes), context)).toThrow(SealError)
      const headed = Buffer.concat([Buffer.from([1, 2]), Buffer.from('k1'), Buffer.from(bytes)])
      expect(() => unseal(keyring, headed, context)).toThrow(SealError)
    }),
  )
})

test('Another key under the same id does not open it, and the error says which key is meant', () => {
  const sealed = seal(keyring, SECRET, context)
  const other = parseKeyring(keyText('k1', 2))
  expect(() => unseal(other, sealed, context)).toThrow(
    /key "k1" does not open: it was changed, moved, or sealed with another/,
  )
})

test('The first key of several seals, each opens what it sealed', () => {
  const rotated = parseKeyring(`${keyText('k2', 2)}, ${keyText('k1')}`)
  expect(keyIdOf(seal(rotated, SECRET, context))).toBe('k2')
  expect(unseal(rotated, seal(keyring, SECRET, context), context)).toBe(SECRET)
  expect(unseal(rotated, seal(rotated, SECRET, context), context)).toBe(SECRET)
})

test('What a key sealed that is there no more is refused with its name', () => {
  const sealed = seal(keyring, SECRET, context)
  expect(() => unseal(parseKeyring(keyText('k2', 2)), sealed, context)).toThrow(
    /"k1" is not in INTEGRATION_ENCRYPTION_KEY/,
  )
})

const base64 = randomBytes(32).toString('base64')
test.each([
  ['nothing', ''],
  ['no id', base64],
  ['an empty id', `:${base64}`],
  ['an id with spaces', `my key:${base64}`],
  ['an id that is too long', `${'k'.repeat(33)}:${base64}`],
  ['no key', 'k1:'],
  ['a key that is too short', `k1:${randomBytes(31).toString('base64')}`],
  ['a key that is too long', `k1:${randomBytes(33).toString('base64')}`],
  ['hex', `k1:${randomBytes(32).toString('hex')}`],
  ['a key with a character that was lost in copying', `k1:${base64.replace(/^./, '%')}${base64[0]}`],
  ['a key in quotes', `k1:"${base64}"`],
  ['a key with a space in it', `k1:${base64.slice(0, 20)} ${base64.slice(20)}`],
  ['one good key and one bad', `k1:${base64},k2`],
  ['a comma at the end', `k1:${base64},`],
  ['one id twice', `k1:${base64},k1:${randomBytes(32).toString('base64')}`],
])('A keyring of %s is refused, and is not repeated in the message', (_, text) => {
  let message = ''
  try {
    parseKeyring(text)
  } catch (error) {
    expect(error).toBeInstanceOf(SealError)
    message = (error as Error).message
  }
  expect(message).toContain('INTEGRATION_ENCRYPTION_KEY')
  expect(message).not.toContain(base64.slice(1, 20))
})

test('Opened credentials print as a mask, however they are printed', () => {
  const secrets = maskedSecrets({ secret_key: 'sk_test_tributary_demo' })
  const error = new Error('x', { cause: secrets })
  const printed = [
    // oxlint-disable-next-line typescript/no-base-to-string -- that is what must not show anything
    String(secrets),
    `${secrets as unknown as string}`,
    (secrets as unknown as string) + '',
    JSON.stringify(secrets),
    JSON.stringify({ deep: [secrets] }),
    JSON.stringify({ ...secrets }),
    inspect(secrets, { showHidden: true, depth: 9, getters: true }),
    inspect({ deep: [secrets] }, { depth: 9 }),
    inspect(secrets, { customInspect: false, showHidden: true, getters: true }),
    inspect(error, { depth: 9 }),
    format('%s %o %O %j', secrets, secrets, secrets, secrets),
    inspect(Object.entries(Object.getOwnPropertyDescriptors(secrets)), { depth: 9, showHidden: true }),
  ]
  expect(printed.join('\n')).not.toContain('sk_test')
  expect(printed.slice(0, 4)).toEqual(['***', '***', '***', '"***"'])
  expect(secrets.get('secret_key')).toBe('sk_test_tributary_demo')
})

test('A credential that is not there is undefined, also where objects have something of that name', () => {
  const secrets = maskedSecrets({})
  for (const name of ['secret_key', 'constructor', '__proto__', 'toString']) expect(secrets.get(name)).toBeUndefined()
})
