import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  ContextConfigDefault,
  FastifyBaseLogger,
  FastifySchema,
  RawServerDefault,
  RouteGenericInterface,
  RouteOptions,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Access } from './auth.ts'
import type { App } from './deps.ts'
import { errorEnvelope } from './schemas/envelope.ts'

type Options<Schema extends FastifySchema> = RouteOptions<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  RouteGenericInterface,
  ContextConfigDefault,
  Schema,
  ZodTypeProvider,
  FastifyBaseLogger
>
/** For the reader of /docs: what a route is for, and under which heading. */
type Described = { summary: string; tags: [string] }

/** Adds a route that says which access it needs; one that does not is no Route, and does not compile. */
export function addRoute<const Schema extends FastifySchema & Described>(
  app: App,
  route: Omit<Options<Schema>, 'config' | 'schema'> & { access: Access; schema: Schema },
): void {
  const { access, ...options } = route
  app.route({ ...options, config: { access }, schema: withErrors(route.schema) } as Options<Schema>)
}

/** Every route may fail, with the same envelope. */
const withErrors = (schema: FastifySchema): FastifySchema => ({
  ...schema,
  response: { ...(schema.response as object), '4xx': errorEnvelope, '5xx': errorEnvelope },
})
