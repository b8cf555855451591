import swagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { App } from './deps.ts'

const DESCRIPTION = `The data of many systems in one shape. Lists come in pages: give \`page.next_cursor\` back as \`cursor\`.
Errors have a \`code\` that stays, a \`message\`, a \`hint\`, and a \`request_id\` to ask about.`

/** /openapi.json from the schemas that the routes check with, and /docs to read and try it, without anything from outside. */
export async function describeApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tributary', version: '1', description: DESCRIPTION },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, trb_…' } } },
      security: [{ key: [] }],
    },
    transform: describeRoute,
    transformObject: withoutUnused,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Tributary API' },
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', persistAuthorization: false },
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

/** Of the types of body that a route takes, jsonSchemaTransform knows but one. */
const describeRoute: SwaggerTransform = (input) => {
  const { body, ...rest } = input.schema ?? {}
  const content = body && (body as { content?: Record<string, { schema: unknown }> }).content
  if (!content) return jsonSchemaTransform(input)
  const toJson = (schema: unknown) => jsonSchemaTransform({ ...input, schema: { body: schema } }).schema.body
  const described = jsonSchemaTransform({ ...input, schema: rest })
  const bodies = Object.entries(content).map(([type, { schema }]) => [type, { schema: toJson(schema) }])
  return { ...described, schema: { ...described.schema, body: { content: Object.fromEntries(bodies) } } }
}

/** Each named schema comes in two kinds, for what is sent and for what is answered; hardly any is used as both. */
const withoutUnused: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as OpenAPIV3_1.Document
  const text = JSON.stringify(document)
  const schemas = Object.entries(document.components?.schemas ?? {})
  const used = schemas.filter(([name]) => text.includes(`#/components/schemas/${name}"`))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
}
