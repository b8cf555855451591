import { defineSandbox, serveHttp } from '@tributary/sdk/sandbox'
import type { HttpSandbox, Reply, SandboxPlan, SandboxRequest } from '@tributary/sdk/sandbox'
import { createAnswer, keyOf, requestIdOf } from './sandbox/answer.ts'
import type { Settings } from './sandbox/answer.ts'
import { createMutations, resourceNamed } from './sandbox/mutations.ts'
import type { StripeMutations } from './sandbox/mutations.ts'
import { problemReply, StripeProblem } from './sandbox/problem.ts'
import type { ProblemBody } from './sandbox/problem.ts'
import { COUNTS, RESOURCES } from './sandbox/seed.ts'
import { createWorld } from './sandbox/world.ts'

/** A sandbox whose answers are at hand without waiting. `truth` has invoices with all lines and subscriptions with all items. */
export interface StripeSandbox extends HttpSandbox {
  truth(resource: string): object[]
  deleted(resource: string): string[]
  mutate: StripeMutations
  settings: Settings
}

/**
 * A fake Stripe on loopback, that behaves as Stripe's manual says for what this connector reads, at the API version of its SDK.
 * Everyone in it is invented. It is read-only over HTTP: what changes, changes by `mutate`.
 */
export default defineSandbox<StripeSandbox>({
  name: 'stripe',
  counts: COUNTS,
  credentials: { secret_key: 'sk_test_tributary_demo' },
  async launch(plan) {
    const world = createWorld(plan)
    const settings: Settings = { pretty: false }
    const http = await serveHttp({ ...plan, ...voiceOf(plan), answer: createAnswer(world, keyIn(plan), settings) })
    return {
      ...http,
      config: { base_url: http.url },
      credentials: plan.credentials,
      account: { id: world.accountId, mode: 'test' },
      resources: RESOURCES,
      truth: (resource) => world.objects[resourceNamed(resource)].all(),
      deleted: (resource) => [...world.gone[resourceNamed(resource)]],
      mutate: createMutations(world),
      clock: plan.clock,
      settings,
      example: `curl -u ${keyIn(plan)}: '${http.url}/v1/customers?limit=3'`,
    }
  },
})

const keyIn = ({ credentials }: SandboxPlan) => credentials.secret_key ?? ''

/** What Stripe says when the kit's switches make it fail. Stripe's manual, "Rate limits": a header names the limit that was hit. */
const voiceOf = ({ faults }: SandboxPlan) => ({
  keyOf,
  tooManyRequests(request: SandboxRequest): Reply {
    const reason = faults.rateLimit > 0 ? 'global-rate' : 'endpoint-rate'
    const error = { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' }
    return refusal(request, 429, error, { 'Stripe-Rate-Limited-Reason': reason })
  },
  serverError: (request: SandboxRequest) =>
    refusal(request, 500, { type: 'api_error', message: 'An unknown error occurred.' }),
})

function refusal(request: SandboxRequest, status: number, body: ProblemBody, headers: Record<string, string> = {}) {
  const requestId = requestIdOf(request)
  return problemReply(new StripeProblem(status, body, { ...headers, 'Request-Id': requestId }), requestId)
}
