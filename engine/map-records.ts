import { parse, v5 as uuidv5 } from 'uuid'
import { z } from 'zod'
import { isConnectorError, type Account, type Payload, type Resource } from '@tributary/sdk'
import { models, type UnifiedRecord } from '@tributary/sdk/models'
import type { Entry } from '../connectors/registry.ts'
import { applyMapping } from './mapping.ts'
import type { ConnectionKey } from '../db/connections.ts'

/** Fixed for ever: every unified id follows from it. */
const NAMESPACE = parse('6f1d4f0e-7a0b-4a57-9d53-2f1c8f0b9a11')

export type Mapped = { ok: true; records: UnifiedRecord[] } | { ok: false; reason_code: string; reason: string }

/** The records of one object, checked against their model's schema; or why there are none. Never throws for bad data. */
export function mapRecords(
  entry: Entry,
  account: Account,
  resource: Resource,
  item: { id: string; payload: Payload },
): Mapped {
  if (!resource.model) return { ok: true, records: [] }
  try {
    const mapper = entry.connector.map?.[resource.name]
    const unified = mapper
      ? mapper.toUnified(item.payload, account, resource)
      : [applyMapping(resource, item.id, item.payload)]
    const { schema } = models[resource.model]
    return { ok: true, records: unified.map((record) => schema.parse(record)) }
  } catch (error) {
    return { ok: false, ...reasonOf(error) }
  }
}

/** UUIDv5 of org, connection, resource, model and source_id: the same record has the same id wherever it is made. */
export const unifiedId = (key: ConnectionKey & { resource: string }, record: UnifiedRecord): string =>
  uuidv5(Buffer.from(nameOf(key, record)), NAMESPACE)

// As bytes: the library's own way from text to bytes takes longer than all the rest.
const nameOf = (key: ConnectionKey & { resource: string }, record: UnifiedRecord): string =>
  [key.org_id, key.connection_id, key.resource, record.model, record.source_id].join('\0')

/** A connector's own words, or the paths and rules of the schema. Never a value of the payload. */
function reasonOf(error: unknown): { reason_code: string; reason: string } {
  if (isConnectorError(error)) return { reason_code: error.code, reason: error.message }
  if (error instanceof z.ZodError)
    return { reason_code: 'invalid_record', reason: error.issues.map(describe).join('; ') }
  const name = error instanceof Error ? error.name : 'an unknown error'
  return { reason_code: 'mapper_failed', reason: `the mapper threw ${name}; this is a fault of the connector` }
}

const describe = (issue: z.core.$ZodIssue) => `${issue.path.join('.') || 'record'}: ${issue.message}`
