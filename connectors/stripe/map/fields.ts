/**
 * How the mappers read Stripe's fields: Unix seconds become RFC 3339, an expanded object becomes its id. All may be absent;
 * what is there with another type than the pinned API version has is refused.
 */
import { z } from 'zod'

export const text = z.string().nullish()
export const flag = z.boolean().nullish()
export const integer = z.number().int().nullish()
const metadata = z.record(z.string(), z.string()).nullish()
export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, 'must be a decimal')
  .nullish()

const LAST_SECOND = 253_402_300_799 // of the year 9999

export const time = z
  .number()
  .int()
  .min(0)
  .max(LAST_SECOND)
  .nullish()
  .transform((seconds) => (seconds == null ? null : new Date(seconds * 1000).toISOString()))

export const reference = z
  .union([z.string(), z.object({ id: z.string() })])
  .nullish()
  .transform((value) => (typeof value === 'object' ? (value?.id ?? null) : (value ?? null)))

export const address = z
  .object({ line1: text, line2: text, city: text, state: text, postal_code: text, country: text })
  .nullish()

/** What every object has. */
export const base = { id: z.string().min(1), created: time, metadata }

export const list = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item) }).nullish()

type Extras = Record<string, string | number | boolean | string[] | null | undefined>

/** What every record has: ids, times and, as custom fields, those `extras` that are set, beside the metadata, which wins. */
export function common(object: z.output<z.ZodObject<typeof base>>, extras: Extras) {
  const custom_fields: Record<string, NonNullable<Extras[string]>> = {}
  for (const key in extras) {
    const value = extras[key]
    if (value != null) custom_fields[key] = value
  }
  return {
    source_id: object.id,
    created_at: object.created,
    custom_fields: Object.assign(custom_fields, object.metadata),
  }
}

/** Currencies are upper-case in unified records, as ISO 4217 has them. */
export const currencyCode = (code: string | null | undefined) => code?.toUpperCase()

/** A status of ours for one of Stripe's. Null for a word that this version does not know: `source_status` keeps it. */
export const translate = <Status extends string>(words: Record<string, Status>, word: string | null | undefined) =>
  word != null && Object.hasOwn(words, word) ? words[word]! : null
