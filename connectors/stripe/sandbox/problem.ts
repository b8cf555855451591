import type { Reply } from '@tributary/sdk/sandbox'

export type ProblemBody = { type: string; code?: string; message: string; param?: string }

/** An answer of Stripe's that is an error, in the words of its manual ("Errors"). */
export class StripeProblem extends Error {
  readonly status: number
  readonly body: ProblemBody
  readonly headers: Record<string, string>
  constructor(status: number, body: ProblemBody, headers: Record<string, string> = {}) {
    super(body.message)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export const invalidRequest = (message: string, code?: string, param?: string, status = 400) =>
  new StripeProblem(status, { type: 'invalid_request_error', code, message, param })

/** As parameter of a list it is a 400, as path a 404. */
export const resourceMissing = (what: string, id: string, param = 'id') =>
  invalidRequest(`No such ${what}: '${id}'`, 'resource_missing', param, param === 'id' ? 404 : 400)

export const unknownParameter = (name: string) =>
  invalidRequest(`Received unknown parameter: ${name}`, 'parameter_unknown', name)

export function problemReply({ status, body, headers }: StripeProblem, requestId: string): Reply {
  const error = { ...body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` }
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ error }, null, 2),
  }
}
