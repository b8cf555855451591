import { z } from 'zod'
import type { Entry, Registry } from '../../connectors/registry.ts'
import type { ConnectorWrite } from '../../db/connectors.ts'
import type { SupportedEvent } from '../../db/schema/index.ts'
import { anyJson, instant } from './envelope.ts'

const connector = {
  type: z.string(),
  name: z.string(),
  description: z.string(),
  direction: z.string(),
  version: z.string(),
  schema_version: z.string(),
  capabilities: z.array(z.string()),
  status: z.enum(['active', 'deprecated', 'disabled']),
  icon_url: z.string().nullable(),
  documentation_url: z.string().nullable(),
}
const jsonObject = z.record(z.string(), anyJson)

export const connectorOutput = z.object({ ...connector, updated_at: instant }).meta({ id: 'Connector' })

export const connectorDetails = z
  .object({
    ...connector,
    credential_schema: z.record(
      z.string(),
      z.object({ label: z.string(), type: z.enum(['text', 'password', 'oauth']), required: z.boolean() }),
    ),
    config_schema: jsonObject.describe('JSON Schema of a connection’s config'),
    resources: z
      .array(
        z.object({
          name: z.string(),
          collection_key: z.string(),
          model: z.string().nullable(),
          shape: z.enum(['table', 'events']),
        }),
      )
      .describe('Those of every account; a connection may have more'),
    events: z.array(
      z.object({
        event_type: z.string(),
        schema_reference: z.string(),
        description: z.string(),
        schema: jsonObject.optional(),
      }),
    ),
    manifest: jsonObject.describe('The connector’s manifest.json as it is'),
  })
  .meta({ id: 'ConnectorDetails' })

type Details = z.output<typeof connectorDetails>

/** A row of the table `connectors`, from a manifest. */
export const toConnectorRow = ({ manifest }: Entry): ConnectorWrite => ({
  type: manifest.type,
  name: manifest.name,
  description: manifest.description,
  direction: manifest.direction,
  version: manifest.version,
  schema_version: manifest.schemaVersion,
  capabilities: manifest.capabilities,
  status: manifest.status,
  icon_url: manifest.icon ?? null,
  documentation_url: manifest.documentationUrl ?? null,
})

export const toConnectorDetails = (registry: Registry, entry: Entry): Details => ({
  ...toConnectorRow(entry),
  credential_schema: entry.manifest.credentialSchema,
  config_schema: entry.configSchema as Details['config_schema'],
  resources: entry.manifest.resources.map(({ name, collectionKey, model, shape }) => ({
    name,
    collection_key: collectionKey,
    model: model ?? null,
    shape,
  })),
  events: supportedEvents(entry).map((event) => ({
    ...event,
    schema: registry.eventSchema(entry.manifest.type, event.event_type) as Details['manifest'],
  })),
  manifest: entry.manifest as unknown as Details['manifest'],
})

/** What a new connection is registered for. `schema_reference` is a file below the connectors' folder. */
export const supportedEvents = ({ manifest }: Entry): SupportedEvent[] =>
  manifest.events.map(({ eventType, schemaPath, description }) => ({
    event_type: eventType,
    schema_reference: `${manifest.type}/${schemaPath}`,
    description,
  }))
