/** HubSpot's objects to unified records, pure: each file in map/ has what is read of an object beside what it becomes. */
import { type Account, ConnectorError, type Mapper, type Unified } from '@tributary/sdk'
import type { z } from 'zod'
import * as company from './map/company.ts'
import * as customer from './map/customer.ts'
import * as deal from './map/deal.ts'

export const map: Record<string, Mapper> = {
  contact: mapper(customer.shape, customer.toRecord),
  company: mapper(company.shape, company.toRecord),
  deal: mapper(deal.shape, deal.toRecord),
}

/** Checks what is read of an object and hands it on typed. Throws `invalid_payload` that names the fields, never their values. */
function mapper<Shape extends z.ZodType>(
  shape: Shape,
  toRecord: (object: z.output<Shape>, account: Account) => Unified,
): Mapper {
  return {
    toUnified(payload, account, resource) {
      const { data, error } = shape.safeParse(payload)
      if (error) throw new ConnectorError('invalid_payload', describe(error, resource.name))
      return [toRecord(data as z.output<Shape>, account)]
    },
  }
}

function describe({ issues }: z.ZodError, resource: string): string {
  const problems = issues.map(({ message, path }) => `${path.join('.') || 'the whole'}: ${message}`)
  return `hubspot: fields of this ${resource} are not what the API documents (${problems.join('; ')}); its raw form is kept`
}
