import type { ErrorCode } from '@tributary/sdk'

type Problem = { path: string; message: string }
type Definition = { status: number; hint: string }

const sourceErrors = {
  auth_failed: {
    status: 422,
    hint: 'Check the credentials at the source; set new ones with PUT /v1/connections/:id/credentials.',
  },
  config_invalid: { status: 422, hint: 'Compare with the config_schema of GET /v1/connectors/:connector.' },
  forbidden: { status: 422, hint: 'Give the credentials leave to read this at the source, or leave the resource out.' },
  not_found: { status: 404, hint: 'Check the id. Ids of other organisations and deleted ones are unknown too.' },
  invalid_request: { status: 422, hint: 'The source refused the request. Check resource and config.' },
  rate_limited: { status: 429, hint: 'The source asks to wait: try again after the seconds in Retry-After.' },
  upstream_unavailable: { status: 502, hint: 'The source does not answer as it should. Try again later.' },
  cursor_expired: { status: 409, hint: 'The list changed at the source meanwhile: start again at its first page.' },
  unsupported: { status: 422, hint: 'See capabilities and resources in GET /v1/connectors/:connector.' },
  invalid_payload: {
    status: 502,
    hint: 'The source gave an object that cannot be understood. See GET /v1/quarantine.',
  },
} satisfies Record<ErrorCode, Definition>

/**
 * Every error that the API answers with: its status, and what to do about it. docs/errors.md says the same to people, and a
 * test keeps both equal. Errors of a source have the names that connectors give them.
 */
export const catalogue = {
  ...sourceErrors,
  invalid_input: { status: 400, hint: 'Correct what the message names; /docs shows what each route takes.' },
  invalid_json: { status: 400, hint: 'Send a body of JSON in UTF-8.' },
  invalid_cursor: {
    status: 400,
    hint: 'Take next_cursor from the page before, of the same list, or start without one.',
  },
  unauthorized: { status: 401, hint: 'Send "Authorization: Bearer <API key>". A key begins with trb_.' },
  role_insufficient: { status: 403, hint: 'Use a key whose role is editor or owner.' },
  route_not_found: { status: 404, hint: 'See /docs for the routes there are.' },
  app_key_taken: { status: 409, hint: 'Choose another app_key, or use the connection that has it.' },
  account_mismatch: { status: 409, hint: 'Create a connection of its own for another account of the source.' },
  connection_not_active: {
    status: 409,
    hint: 'Resume it with POST /v1/connections/:id/resume, or replace its credentials.',
  },
  sweep_not_open: {
    status: 409,
    hint: 'See sweep in the report of GET /v1/syncs/:sync_id: only the newest full pass that is suspected can be decided.',
  },
  consumer_is_ahead: { status: 409, hint: 'Go on from where it stands, or send "force": true to go back.' },
  changes_dropped: {
    status: 410,
    hint: 'Ask GET /v1/changes?cursor=latest, read the tables anew, then go on from what it answered.',
  },
  payload_too_large: {
    status: 413,
    hint: 'A body of JSON may have 1 MiB, content in it 10 MB. A file may have 1 GiB, or what UPLOAD_MAX_BYTES says.',
  },
  unsupported_media_type: {
    status: 415,
    hint: 'Send "Content-Type: application/json"; PUT …/content takes files too, see /docs.',
  },
  internal: { status: 500, hint: 'Try again; if it stays, give the request_id to the operator.' },
  unavailable: { status: 503, hint: 'Try again in some seconds; /ready says what is missing.' },
} satisfies Record<string, Definition>

export type ApiErrorCode = keyof typeof catalogue

/** What a route throws. The message goes to the client: what happened, without secrets or what the database said. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly problems: Problem[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    code: ApiErrorCode,
    message: string,
    options: { problems?: Problem[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    this.problems = options.problems
    this.retryAfterMs = options.retryAfterMs
  }
}

/** `invalid_input` with the path of each problem in the message, and in `problems` for programs. */
export const invalidInput = (problems: Problem[]): ApiError =>
  new ApiError('invalid_input', problems.map(({ path, message }) => `${path}: ${message}`).join('; '), { problems })
