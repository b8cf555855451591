import type { Database } from '../db/client.ts'
import { listCanaries, saveCanary } from '../db/canaries.ts'
import { SealError, seal, unseal, type Keyring } from './keyring.ts'

const TEXT = 'tributary'
const context = {
  org_id: '00000000-0000-0000-0000-000000000000',
  table: 'encryption_canaries',
  row: '',
  field: 'sealed',
}

/**
 * Refuses a wrong or missing key when a process starts, not when the first secret is needed. Each key seals a known text when
 * it is first seen; throws SealError, naming the key, if one of these does not open.
 */
export async function checkKeyring(db: Database, keyring: Keyring): Promise<void> {
  const canaries = await listCanaries(db)
  for (const canary of canaries) {
    if (unseal(keyring, canary.sealed, context) !== TEXT)
      throw new SealError(`the key "${canary.key_id}" is not the one it was`)
  }
  if (!canaries.some((canary) => canary.key_id === keyring.primary))
    await saveCanary(db, keyring.primary, seal(keyring, TEXT, context))
}
