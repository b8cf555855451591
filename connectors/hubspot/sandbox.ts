import { defineSandbox, serveHttp } from '@tributary/sdk/sandbox'
import type { HttpSandbox, Reply, SandboxPlan, SandboxRequest } from '@tributary/sdk/sandbox'
import { correlationOf, createAnswer, PORTAL, tokenOf } from './sandbox/answer.ts'
import type { Settings } from './sandbox/answer.ts'
import { scopesFor } from './sandbox/batches.ts'
import { createMutations, typeNamed } from './sandbox/mutations.ts'
import type { HubspotMutations } from './sandbox/mutations.ts'
import { internalError, problemReply, rateLimited } from './sandbox/problem.ts'
import { COUNTS } from './sandbox/seed.ts'
import { TYPE_NAMES } from './sandbox/wire.ts'
import { createWorld, whole } from './sandbox/world.ts'

/** A sandbox whose answers are at hand without waiting. `truth` has what is archived too, and all associations. */
export interface HubspotSandbox extends HttpSandbox {
  truth(resource: string): object[]
  deleted(resource: string): string[]
  mutate: HubspotMutations
  settings: Settings
}

/** A fake HubSpot on loopback, that behaves as HubSpot's manual says for what this connector reads. Everyone in it is invented. */
export default defineSandbox<HubspotSandbox>({
  name: 'hubspot',
  counts: COUNTS,
  credentials: { access_token: 'tributary_demo_token' },
  async launch(plan) {
    const world = createWorld(plan)
    const settings: Settings = { indexLagMs: 0, dayUsedUp: false, scopes: scopesFor(...TYPE_NAMES) }
    const http = await serveHttp({ ...plan, ...voice, answer: createAnswer(world, tokenIn(plan), settings) })
    return {
      ...http,
      config: { base_url: http.url },
      credentials: plan.credentials,
      account: { id: String(PORTAL.id), mode: 'test' },
      resources: TYPE_NAMES,
      truth: (resource) =>
        world.objects[typeNamed(resource)].all().map((value) => whole(world, typeNamed(resource), value)),
      deleted: (resource) => [...world.merged[typeNamed(resource)].keys(), ...world.purged[typeNamed(resource)]],
      mutate: createMutations(world),
      clock: plan.clock,
      settings,
      example: `curl -H 'Authorization: Bearer ${tokenIn(plan)}' '${http.url}/crm/v3/objects/contacts?limit=3'`,
    }
  },
})

const tokenIn = ({ credentials }: SandboxPlan) => credentials.access_token ?? ''

/** What HubSpot says when the kit's switches make it fail. Search has a limit of its own. */
const voice = {
  keyOf: tokenOf,
  tooManyRequests(request: SandboxRequest): Reply {
    const policy = request.path.endsWith('/search') ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING'
    return problemReply(rateLimited(policy), correlationOf(request))
  },
  serverError: (request: SandboxRequest) => problemReply(internalError(), correlationOf(request)),
}
