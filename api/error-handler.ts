import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isConnectorError } from '@tributary/sdk'
import { FencedError } from '../db/epochs.ts'
import { isDatabaseUnavailable, isUnstorable } from '../db/failures.ts'
import { LostDraftError } from '../db/uploads.ts'
import type { App } from './deps.ts'
import { ApiError, catalogue, invalidInput, type ApiErrorCode } from './errors.ts'

export type ErrorEnvelope = {
  error: { code: ApiErrorCode; message: string; hint: string; request_id: string; problems?: ApiError['problems'] }
}

/** Answers every failure of a route with the one envelope. */
export function answerErrors(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    const error = new ApiError('route_not_found', `There is no route ${request.method} ${path}`)
    return sendError(error, request, reply)
  })
}

export function envelopeOf(error: ApiError, request_id: string): ErrorEnvelope {
  const { code, message, problems } = error
  return { error: { code, message, hint: catalogue[code].hint, request_id, ...(problems && { problems }) } }
}

/** What a failure is for the client; what is not the client's doing is in the log with its reason. */
export function toAnswer(error: unknown, request: FastifyRequest): ApiError {
  const answer = toApiError(error)
  const { status } = catalogue[answer.code]
  if (status === 500) request.log.error({ err: error, req: request }, 'unexpected error')
  else if (status > 500) request.log.warn({ err: error, req: request }, 'something needed does not answer')
  return answer
}

/** Only what is known becomes more than "internal": the message of any other error stays here. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isConnectorError(error))
    return new ApiError(error.code, error.message, { retryAfterMs: error.retryAfterMs, cause: error })
  if (error instanceof FencedError) return new ApiError('connection_not_active', STOPPED, { cause: error })
  if (isDatabaseUnavailable(error)) return new ApiError('unavailable', 'The database does not answer', { cause: error })
  if (error instanceof LostDraftError) return new ApiError('unavailable', LOST_DRAFT, { cause: error })
  if (isUnstorable(error)) return new ApiError('invalid_input', UNSTORABLE, { cause: error })
  return (
    fromFastify(error as FastifyError) ?? new ApiError('internal', 'This should not have happened', { cause: error })
  )
}

const LOST_DRAFT = 'What was stored of the content is gone, since its database session ended; send it again'
const STOPPED = 'The connection was stopped or deleted while this was done; the rest of it was left'
const UNSTORABLE = 'A value cannot be stored: a text with the character NUL, or a time that does not exist'

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const answer = toAnswer(error, request)
  const { status } = catalogue[answer.code]
  if (answer.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(answer.retryAfterMs / 1000))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(status).send(envelopeOf(answer, request.id))
}

/** What Fastify refuses before a handler runs. Its codes for bad JSON are several, and all are a SyntaxError or FST_ERR_CTP_*. */
function fromFastify(error: FastifyError): ApiError | undefined {
  if (hasZodFastifySchemaValidationErrors(error))
    return invalidInput(error.validation.map(problemIn(error.validationContext)))
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ApiError('payload_too_large', 'The body is too large')
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new ApiError('unsupported_media_type', 'The body is of a type that this route does not read')
  if (error.code?.startsWith('FST_ERR_CTP_') || (error.statusCode === 400 && error.name === 'SyntaxError'))
    return new ApiError('invalid_json', 'The body is not valid JSON')
  if (error.statusCode === 400) return new ApiError('invalid_input', 'The request cannot be read')
  return undefined
}

const problemIn =
  (context = 'request') =>
  ({ instancePath, message = 'is not valid' }: { instancePath: string; message?: string | undefined }) => ({
    path: [context === 'querystring' ? 'query' : context, ...instancePath.split('/').filter(Boolean)].join('.'),
    message,
  })
