import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import type { Temporal } from './client.ts'
import { SEARCH_ATTRIBUTES } from './names.ts'

type Values = { org_id: string; connection_id: string; connector: string }

const org = defineSearchAttributeKey('TributaryOrg', 'KEYWORD')
const connection = defineSearchAttributeKey('TributaryConnection', 'KEYWORD')
const connector = defineSearchAttributeKey('TributaryConnector', 'KEYWORD')

export const searchAttributesOf = (values: Values): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: org, value: values.org_id },
    { key: connection, value: values.connection_id },
    { key: connector, value: values.connector },
  ])

/** A server that was not started by us does not know our search attributes yet. */
/** Of the server's enum IndexedValueType. */
const KEYWORD = 2

/** A server that was not started by us does not know our search attributes yet. */
export async function registerSearchAttributes(temporal: Temporal): Promise<void> {
  const { operatorService } = temporal.connection
  const { namespace } = temporal.client.options
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes))
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]))
  if (missing.length > 0) await operatorService.addSearchAttributes({ namespace, searchAttributes })
}
