import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { contentOf } from './connection-input.ts'
import type { App, RouteDeps } from './deps.ts'
import { ApiError, invalidInput } from './errors.ts'

/** A form may hold a few fields beside its file; how long the file may be is counted by ourselves. */
const FORM_LIMITS = { fileSize: Infinity, parts: 10, fieldSize: 10_000 }
/** What the form around a file may take. */
const FORM_BYTES = 64 * 1024

/** Lets the routes of `scope` take a file, as a form's part or as the body itself, beside JSON. */
export async function acceptFiles(scope: App): Promise<void> {
  await scope.register(multipart, { limits: FORM_LIMITS })
  scope.addContentTypeParser(['text/csv', 'application/octet-stream'], (_request, body, done) => done(null, body))
}

/**
 * The content that a request carries, as it comes. Throws `payload_too_large` behind the limit, and `invalid_input` where
 * there is no content or it breaks off. What nobody wants is read to its end all the same, so that the client, who may be
 * still sending, gets our answer.
 */
export async function* contentIn(
  request: FastifyRequest,
  { uploadMaxBytes, closing }: Pick<RouteDeps, 'uploadMaxBytes' | 'closing'>,
): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length']) > uploadMaxBytes + FORM_BYTES) throw tooLarge(uploadMaxBytes)
  if (request.headers['content-encoding'])
    throw new ApiError('unsupported_media_type', 'The content has a Content-Encoding; send it without one')
  let bytes = 0
  try {
    for await (const piece of piecesOf(request)) {
      bytes += piece.length
      if (bytes > uploadMaxBytes) throw tooLarge(uploadMaxBytes)
      if (closing.aborted) throw new ApiError('unavailable', 'The server is being restarted; send the content again')
      yield piece
    }
  } catch (error) {
    throw error instanceof ApiError ? error : brokenOff(error)
  } finally {
    // Not now: a stream whose iterator has just ended does not flow yet.
    setImmediate(() => request.raw.unpipe().resume())
  }
}

function piecesOf(request: FastifyRequest): AsyncIterable<Buffer> | Iterable<Buffer> {
  if (request.isMultipart()) return fileOf(request)
  if (request.body instanceof Readable)
    return request.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const content = contentOf((request.body ?? {}) as Parameters<typeof contentOf>[0])
  if (!content) throw invalidInput([{ path: 'body.content', message: 'is required, or content_base64, or a file' }])
  return [content]
}

/** The form is read to its end, which shows that the file is whole. */
async function* fileOf(request: FastifyRequest): AsyncGenerator<Buffer> {
  let files = 0
  for await (const part of request.parts()) {
    if (part.type !== 'file') continue
    if (++files > 1) throw invalidInput([{ path: 'body.file', message: 'give one file only' }])
    yield* part.file as AsyncIterable<Buffer>
  }
  if (files === 0) throw invalidInput([{ path: 'body.file', message: 'is required: a part that is a file' }])
}

const tooLarge = (limit: number) =>
  new ApiError('payload_too_large', `The content is larger than ${limit} bytes, which is the limit here`)
const brokenOff = (cause: unknown) =>
  new ApiError('invalid_input', 'The content broke off, or its form cannot be read; send it again', { cause })
