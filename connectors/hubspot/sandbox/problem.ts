import type { Reply } from '@tributary/sdk/sandbox'

/** An answer of HubSpot's that is an error, in the words of its manual ("Error handling"). */
export class HubspotProblem extends Error {
  readonly status: number
  readonly body: object
  readonly headers: Record<string, string>
  constructor(status: number, body: { message: string; [key: string]: unknown }, headers: Record<string, string> = {}) {
    super(body.message)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export const invalid = (message: string) => new HubspotProblem(400, { message, category: 'VALIDATION_ERROR' })
export const notFound = (message = 'resource not found') =>
  new HubspotProblem(404, { message, category: 'OBJECT_NOT_FOUND' })

export const unauthorized = () =>
  new HubspotProblem(401, {
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    category: 'INVALID_AUTHENTICATION',
  })

export const missingScopes = (scopes: string[]) =>
  new HubspotProblem(403, {
    message:
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here.",
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: scopes },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
    category: 'MISSING_SCOPES',
  })

/** HubSpot's manual, "API usage guidelines": the policy is one of these, and the daily one ends at midnight in the account's time zone. */
export function rateLimited(policyName: 'DAILY' | 'SECONDLY' | 'TEN_SECONDLY_ROLLING') {
  const message = `You have reached your ${policyName.toLowerCase()} limit.`
  // Search has a limit of its own, and tells nothing about it in headers.
  const headers: Record<string, string> = policyName === 'SECONDLY' ? {} : RATE_HEADERS
  return new HubspotProblem(429, { message, errorType: 'RATE_LIMIT', policyName }, headers)
}

const RATE_HEADERS = {
  'X-HubSpot-RateLimit-Max': '190',
  'X-HubSpot-RateLimit-Remaining': '0',
  'X-HubSpot-RateLimit-Interval-Milliseconds': '10000',
}

export const internalError = () => new HubspotProblem(500, { message: 'internal error' })

export const problemReply = ({ status, body, headers }: HubspotProblem, correlationId: string): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json;charset=utf-8', ...headers },
  body: JSON.stringify({ status: 'error', ...body, correlationId }),
})
