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
  if ((await openCanaries(db, keyring)).includes(keyring.primary)) return
  await saveCanary(db, keyring.primary, seal(keyring, TEXT, context))
  // Another process that started at this moment may have been first, with another key.
  await openCanaries(db, keyring)
}

/** Gives the ids of the keys that have one. */
async function openCanaries(db: Database, keyring: Keyring): Promise<string[]> {
  const canaries = await listCanaries(db)
  for (const { key_id, sealed } of canaries)
    if (unseal(keyring, sealed, context) !== TEXT) throw new SealError(`the key "${key_id}" is not the one it was`)
  return canaries.map(({ key_id }) => key_id)
}
