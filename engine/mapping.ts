/** Mapping without code: what a resource's `mapping` declares, read from a payload and made into the model's types. */
import { ConnectorError, getPointer, isDate, mappingFields, toInstant, without } from '@tributary/sdk'
import type { Json, ModelName, Payload, Resource, Unified } from '@tributary/sdk'
import type { ColumnType } from '@tributary/sdk/models'

/**
 * The record that a resource's `mapping` makes of one object; what no pointer names is in `custom_fields`.
 * Throws `invalid_payload`, naming field and reason, for a value that cannot be what its field is. The caller checks the
 * result against the model's schema, as it does with what mappers give.
 */
export function applyMapping(resource: Resource, id: string, payload: Payload): Unified {
  const { model, mapping } = resource
  if (!model || !mapping) throw new TypeError(`${resource.collectionKey}: it declares no model with a mapping`)
  const columns = columnsOf(model)
  const record: Record<string, unknown> = { model, source_id: id }
  for (const [field, pointer] of Object.entries(mapping)) {
    put(record, field, coerce(getPointer(payload, pointer), { resource, field, pointer, column: columns.get(field) }))
  }
  return { ...record, custom_fields: without(payload, Object.values(mapping)) } as Unified
}

type Target = { resource: Resource; field: string; pointer: string; column: ColumnType | undefined }

const columnsByModel = new Map<ModelName, Map<string, ColumnType>>()

/** A model does not change while the process runs, and there may be millions of objects. */
function columnsOf(model: ModelName): Map<string, ColumnType> {
  const columns = columnsByModel.get(model) ?? mappingFields(model)
  columnsByModel.set(model, columns)
  return columns
}

/** `billing_address.city` goes into an object, which exists only where one of its lines does. */
function put(record: Record<string, unknown>, field: string, value: unknown) {
  const [name, line] = field.split('.') as [string, string?]
  if (line === undefined) record[name] = value
  else if (value !== null) record[name] = { ...(record[name] as object | undefined), [line]: value }
}

function coerce(value: unknown, target: Target): unknown {
  if (value === null || value === undefined) return null
  if (value === '' && target.column !== 'text') return null
  if (!target.column) throw refusal(target, `is no field of ${target.resource.model}`)
  const coerced = coercions[target.column](value)
  if (coerced === undefined)
    throw refusal(target, `cannot be made of ${kindOf(value)}: it must be ${wanted[target.column]}`)
  return coerced
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)
const trimmed = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
const words: Record<string, boolean> = { true: true, yes: true, '1': true, false: false, no: false, '0': false }

/** Each gives undefined for what cannot be that. A number is no time: only a mapper knows its unit. */
const coercions: Record<ColumnType, (value: unknown) => unknown> = {
  text: (value) => (isScalar(value) ? String(value) : undefined),
  decimal: (value) => (/^-?\d+(\.\d+)?$/.test(trimmed(value)) ? trimmed(value) : undefined),
  integer: (value) =>
    /^-?\d+$/.test(trimmed(value)) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined,
  boolean: (value) => (isScalar(value) ? words[String(value).trim().toLowerCase()] : undefined),
  timestamp: (value) => (typeof value === 'string' ? toInstant(value) : undefined),
  date: (value) => (typeof value === 'string' && isDate(value.trim()) ? value.trim() : undefined),
  json: (value) => (typeof value === 'string' ? parseJson(value) : typeof value === 'object' ? value : undefined),
}

const wanted: Record<ColumnType, string> = {
  text: 'text, a number, or true or false',
  decimal: 'a number like 12.50',
  integer: 'a whole number',
  boolean: 'true or false',
  timestamp: 'a time like 2024-01-31T10:00:00Z',
  date: 'a date like 2024-01-31',
  json: 'an object or a list',
}

function parseJson(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const kindOf = (value: unknown): string =>
  Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : typeof value === 'string'
        ? 'this text'
        : `a ${typeof value}`

/** Never with the value: it belongs to the source's people. */
const refusal = ({ resource, field, pointer }: Target, reason: string): ConnectorError =>
  new ConnectorError(
    'invalid_payload',
    `${resource.collectionKey}: ${resource.model}.${field} ${reason}; correct ${pointer} at the source, or its mapping`,
  )
