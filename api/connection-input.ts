import type { Account } from '@tributary/sdk'
import type { Entry } from '../connectors/registry.ts'
import type { ConnectionKey, CredentialsWrite } from '../db/connections.ts'
import { credentialsContext } from '../engine/open.ts'
import { seal, type Keyring } from '../engine/keyring.ts'
import { ApiError, invalidInput } from './errors.ts'

const MAX_CONTENT_BYTES = 10_000_000

/** The content that a body carries, if any. Throws `payload_too_large` over 10 MB. */
export function contentOf(body: {
  content?: string | undefined
  content_base64?: string | undefined
}): Buffer | undefined {
  const { content, content_base64 } = body
  if (content !== undefined && content_base64 !== undefined)
    throw invalidInput([{ path: 'body.content', message: 'give either content or content_base64' }])
  const text = content ?? content_base64
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, content === undefined ? 'base64' : 'utf8')
  if (bytes.length > MAX_CONTENT_BYTES) throw new ApiError('payload_too_large', 'The content is larger than 10 MB')
  return bytes
}

/** Holds credentials to what the connector's manifest asks for. Values are not looked at: that is the source's to do. */
export function checkCredentials({ manifest }: Entry, credentials: Record<string, string>): void {
  const fields = Object.entries(manifest.credentialSchema)
  const missing = fields.filter(([name, field]) => field.required && !credentials[name]).map(([name]) => name)
  const unknown = Object.keys(credentials).filter((name) => !Object.hasOwn(manifest.credentialSchema, name))
  const problems = [
    ...missing.map((name) => ({ path: `body.credentials.${name}`, message: 'is required' })),
    ...unknown.map((name) => ({ path: `body.credentials.${name}`, message: `is no credential of ${manifest.type}` })),
  ]
  if (problems.length > 0) throw invalidInput(problems)
}

/** Credentials as they are stored; undefined for a connector that has none. */
export function sealCredentials(
  keyring: Keyring,
  { manifest }: Entry,
  key: ConnectionKey,
  credentials: Record<string, string>,
): CredentialsWrite | undefined {
  if (!manifest.credentialType) return undefined
  const encrypted_value = seal(keyring, JSON.stringify(credentials), credentialsContext(key))
  return { credential_type: manifest.credentialType, encrypted_value }
}

/** Rows of two accounts must never meet in one connection. */
export function requireSameAccount(stored: Account, now: Account): void {
  if (stored.id === now.id && stored.mode === now.mode) return
  throw new ApiError(
    'account_mismatch',
    `These belong to the account ${now.id} (${now.mode}), the connection to ${stored.id} (${stored.mode})`,
  )
}
