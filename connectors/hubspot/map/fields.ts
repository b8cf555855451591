/**
 * How the mappers read HubSpot's objects. A property's value is text, or null where it was never set, or empty where it was
 * cleared: both are none. What is there with another type than the API documents is refused.
 */
import { toInstant, type Json } from '@tributary/sdk'
import { z } from 'zod'

const none = (value: unknown) => (value === '' ? null : value)

export const text = z.preprocess(none, z.string().nullish())
export const decimal = z.preprocess(
  none,
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a decimal')
    .nullish(),
)
export const flag = z.preprocess(none, z.enum(['true', 'false']).nullish())
export const time = z.preprocess(
  none,
  z
    .string()
    .transform((value, context) => toInstant(value) ?? refuse(context, 'must be a time'))
    .nullish(),
)

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue(message)
  return z.NEVER
}

/** An object of which these properties have fields of their own; all others come along. */
export const objectOf = <Read extends z.ZodRawShape>(read: Read) =>
  z.object({ id: z.string().min(1), createdAt: time, updatedAt: time, properties: z.looseObject(read) })

/** Held by `source_id`, `created_at` and `updated_at`. */
const TOLD = new Set(['hs_object_id', 'createdate', 'lastmodifieddate', 'hs_lastmodifieddate'])

type Properties = Record<string, unknown>
type HubspotRecord = { id: string; createdAt?: string | null; updatedAt?: string | null; properties: Properties }

/** What every record has: ids, times and, as custom fields, all that is set and no field of the model holds. */
export const common = ({ id, createdAt, updatedAt, properties }: HubspotRecord, read: object) => ({
  source_id: id,
  created_at: createdAt,
  updated_at: updatedAt,
  custom_fields: Object.fromEntries(
    Object.entries(properties).filter(
      ([name, value]) => value != null && value !== '' && !Object.hasOwn(read, name) && !TOLD.has(name),
    ),
  ) as Record<string, Json>,
})

export const addressProperties = { address: text, address2: text, city: text, state: text, zip: text, country: text }

/** Null where no line of it is set. */
export function toAddress(given: { [Name in keyof typeof addressProperties]?: string | null }) {
  const { address, address2, city, state, zip, country } = given
  const street = [address, address2].filter(Boolean).join(', ') || null
  const lines = { street, city, state, postal_code: zip, country }
  return Object.values(lines).some(Boolean) ? lines : null
}

const link = z.object({ toObjectId: z.union([z.number().int(), z.string()]) })
export const links = z.array(link.transform(({ toObjectId }) => String(toObjectId))).optional()
