import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Where a sealed value lies. It is bound to the ciphertext, so that a value moved to another row or org does not open. */
export type SealContext = { org_id: string; table: string; row: string; field: string }
export type Keyring = { primary: string; keys: Map<string, Buffer> }

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

export class SealError extends Error {
  override name = 'SealError'
}

/** `id:base64[,id:base64…]`, each of 32 bytes. The first seals, all of them open. Throws SealError, saying which one is wrong. */
export function parseKeyring(text: string): Keyring {
  const entries = text.split(',').map(parseKey)
  const keys = new Map(entries)
  if (keys.size < entries.length) throw new SealError('INTEGRATION_ENCRYPTION_KEY names one key id twice')
  return { primary: entries[0]![0], keys }
}

/** version ‖ length of key id ‖ key id ‖ 12-byte IV ‖ ciphertext ‖ 16-byte tag */
export function seal(keyring: Keyring, plaintext: string, context: SealContext): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyring.keys.get(keyring.primary)!, iv, { authTagLength: TAG_BYTES })
  const header = headerOf(keyring.primary)
  cipher.setAAD(aad(header, context))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return Buffer.concat([header, iv, ciphertext, cipher.getAuthTag()])
}

/** Throws SealError if the key is not there, or if a single bit or the place of the value is another one than when it was sealed. */
export function unseal(keyring: Keyring, sealed: Buffer, context: SealContext): string {
  const keyId = keyIdOf(sealed)
  const key = keyring.keys.get(keyId)
  if (!key) throw new SealError(`the key "${keyId}" is not in INTEGRATION_ENCRYPTION_KEY; add it to the keyring`)
  const header = headerOf(keyId)
  const body = sealed.subarray(header.length)
  if (body.length < IV_BYTES + TAG_BYTES) throw new SealError(`a value sealed with key "${keyId}" is cut off`)
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(aad(header, context))
  decipher.setAuthTag(body.subarray(-TAG_BYTES))
  return finish(decipher, body.subarray(IV_BYTES, -TAG_BYTES), keyId)
}

/**
 * Names for what a table must not tell: the same in every process with this primary key, and without the key nobody can check
 * a guess. `purpose` keeps names apart from other uses of the key.
 */
export function createKeyedNames(keyring: Keyring, purpose: string): (text: string) => string {
  const key = Buffer.from(hkdfSync('sha256', keyring.keys.get(keyring.primary)!, '', purpose, KEY_BYTES))
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}

export function keyIdOf(sealed: Buffer): string {
  const length = sealed[1]
  if (sealed[0] !== VERSION || length === undefined || sealed.length < 2 + length)
    throw new SealError('a sealed value has a version that this release does not know')
  return sealed.subarray(2, 2 + length).toString('utf8')
}

function finish(decipher: ReturnType<typeof createDecipheriv>, ciphertext: Buffer, keyId: string): string {
  try {
    // Nothing is given out before final() has checked the tag.
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new SealError(
      `a value sealed with key "${keyId}" does not open: it was changed, moved, or sealed with another key`,
      {
        cause,
      },
    )
  }
}

function parseKey(entry: string): [string, Buffer] {
  // Node decodes whatever it is given and leaves out what is no base64, so a damaged key would be another key.
  const [, id, encoded] = /^([\w-]{1,32}):([A-Za-z0-9+/]+=?)$/.exec(entry.trim()) ?? []
  const key = Buffer.from(encoded ?? '', 'base64')
  if (!id || key.length !== KEY_BYTES)
    throw new SealError(
      'INTEGRATION_ENCRYPTION_KEY must be id:base64 of 32 bytes; make one with: echo "k1:$(openssl rand -base64 32)"',
    )
  return [id, key]
}

const headerOf = (keyId: string) =>
  Buffer.concat([Buffer.from([VERSION, Buffer.byteLength(keyId)]), Buffer.from(keyId)])
/** The parts are joined by NUL, which none of them can hold, so that no two contexts give the same text. */
const aad = (header: Buffer, context: SealContext) =>
  Buffer.concat([header, Buffer.from([context.org_id, context.table, context.row, context.field].join('\0'))])
