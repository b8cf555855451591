import { z } from 'zod'

const line = z.string().nullable().default(null)

export const address = z.strictObject({ street: line, city: line, state: line, postal_code: line, country: line })
