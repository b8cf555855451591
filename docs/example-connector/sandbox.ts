import { createRandom, defineSandbox, inventPerson, serveHttp } from '@tributary/sdk/sandbox'
import type { HttpSandbox, Random, Reply, SandboxPlan, SandboxRequest } from '@tributary/sdk/sandbox'

type Objects = Map<string, { id: string }>
type World = Record<'customer' | 'ticket', Objects>

/** A fake Acme Helpdesk: what the connector reads, as the manual says, for invented people. */
export default defineSandbox<HttpSandbox>({
  name: 'acme_helpdesk',
  counts: { customers: 120, tickets: 300 },
  credentials: { api_token: 'acme_demo_token' },
  async launch(plan) {
    const random = createRandom(plan.seed, 'acme_helpdesk')
    const world: World = {
      customer: fill(plan.counts.customers!, (n) => inventCustomer(random, n)),
      ticket: fill(plan.counts.tickets!, (n) => inventTicket(random, n)),
    }
    const ids = { customer: [...world.customer.keys()], ticket: [...world.ticket.keys()] }
    const http = await serveHttp({ ...plan, ...voice, answer: (request) => answer(world, plan, request) })
    return {
      ...http,
      config: { base_url: http.url },
      credentials: plan.credentials,
      account: { id: 'ws_demo', mode: 'test' },
      resources: ['customer', 'ticket'],
      truth: (resource) => [...objectsOf(world, resource).values()],
      deleted: (resource) => ids[resource as keyof World].filter((id) => !objectsOf(world, resource).has(id)),
      mutate: createMutations(world, random),
      clock: plan.clock,
      example: `curl -H 'Authorization: Bearer ${plan.credentials.api_token}' '${http.url}/v2/tickets?page_size=3'`,
    }
  },
})

const fill = (count: number, invent: (n: number) => { id: string }): Objects =>
  new Map(Array.from({ length: count }, (_, n) => invent(n)).map((object) => [object.id, object]))

function inventCustomer(random: Random, n: number) {
  const { name, email, phone, company } = inventPerson(random, n)
  const contact = { email: random.chance(0.1) ? null : email, phone }
  const organisation = random.chance(0.3) ? null : { name: company }
  const times = { created: '2024-01-31T10:00:00Z', changed: '2024-02-29T12:30:00+01:00' }
  return { id: `cus_${n}`, full_name: name, contact, organisation, labels: ['demo'], ...times, last_seen: null }
}

const inventTicket = (random: Random, n: number) => ({
  id: `tic_${n}`,
  customer_id: `cus_${random.int(0, 9)}`,
  subject: random.pick(['Where is my parcel?', 'Größe tauschen', '請求書の再発行']),
  open: random.chance(0.5),
})

function answer(world: World, { credentials }: SandboxPlan, request: SandboxRequest): Reply {
  if (keyOf(request) !== credentials.api_token) return json(401, { error: 'unauthorized' })
  const [, , collection, id] = request.path.split('/')
  if (collection === 'me') return json(200, { workspace: { id: 'ws_demo', trial: true } })
  const objects = { customers: world.customer, tickets: world.ticket }[collection!]
  if (objects && id === undefined) return json(200, pageOf(objects, request.query))
  const found = objects?.get(decodeURIComponent(id ?? ''))
  return found ? json(200, found) : json(404, { error: 'not found' })
}

function pageOf(objects: Objects, query: URLSearchParams) {
  const from = Number(query.get('page_token') ?? 0)
  const to = from + Number(query.get('page_size') ?? 50)
  return { items: [...objects.values()].slice(from, to), next_page_token: to < objects.size ? String(to) : null }
}

const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) })
const keyOf = ({ headers }: SandboxRequest) => headers.authorization?.replace('Bearer ', '') ?? ''

/** What the vendor says when the kit makes it fail. */
const voice = {
  keyOf,
  tooManyRequests: () => json(429, { error: 'slow down' }),
  serverError: () => json(503, { error: 'try again' }),
}

function objectsOf(world: World, resource: string): Objects {
  if (resource === 'customer' || resource === 'ticket') return world[resource]
  throw new Error(`acme_helpdesk sandbox: there is no resource ${resource}`)
}

/** Changes that its people make, behind the connector's back. */
function createMutations(world: World, random: Random): HttpSandbox['mutate'] {
  const put = (resource: string, object: { id: string }) => (objectsOf(world, resource).set(object.id, object), object)
  const invent = { customer: inventCustomer, ticket: inventTicket }
  return {
    create(resource, fields) {
      const objects = objectsOf(world, resource)
      return put(resource, { ...invent[resource as keyof World](random, objects.size), ...fields })
    },
    update: (resource, id, fields) => put(resource, { ...objectsOf(world, resource).get(id), ...fields, id }),
    remove: (resource, id) => void objectsOf(world, resource).delete(id),
  }
}
