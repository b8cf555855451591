import { v5 as uuidv5 } from 'uuid'
import type { ResourceKey } from '../db/entities.ts'
import type { QuarantineWrite } from '../db/quarantine.ts'
import type { RawEntity } from '../db/raw-entities.ts'
import type { Mapped } from './map-records.ts'

/** An object that could not be mapped, with the reason. */
export const quarantineRow = (
  key: Omit<ResourceKey, 'org_id'>,
  { external_id, raw, hash, version }: Pick<RawEntity, 'external_id' | 'raw' | 'hash' | 'version'>,
  { reason_code, reason }: Extract<Mapped, { ok: false }>,
): QuarantineWrite => ({
  id: uuidv5([key.resource, external_id].join('\0'), key.connection_id),
  external_id,
  raw_payload: raw,
  hash,
  version,
  reason_code,
  reason,
})
