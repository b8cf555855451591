/**
 * The fake Stripe in a process of its own, the same for all contenders, with a second server on which the bench asks for its
 * truth and its requests, and turns its switches. Prints the addresses of both as one line of JSON.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Faults } from '@tributary/sdk/sandbox'
import sandboxes from '../../connectors/stripe/sandbox.ts'
import { digestOf } from '../canonical.ts'

export type Order =
  | { do: 'digest'; resource: string; fields?: string[] }
  | { do: 'requests' }
  | { do: 'forget' }
  | { do: 'faults'; faults: Partial<Faults> }
  | { do: 'change'; resource: string; share: number }

const counts = JSON.parse(process.argv[2] ?? '{}') as { customers: number; charges: number }
const others = { products: 1, prices: 1, subscriptions: 0, invoices: 0, refunds: 0 }
const sandbox = await sandboxes.start({ counts: { ...others, ...counts } })
takeOutUnstorable()

const control = createServer((request, response) => {
  void answer(request).then((body) => response.end(JSON.stringify(body)))
})
control.listen(0, '127.0.0.1', () => {
  const { port } = control.address() as AddressInfo
  const told = { url: sandbox.url, accountId: sandbox.account.id, control: `http://127.0.0.1:${port}` }
  process.stdout.write(`sandbox: ${JSON.stringify(told)}\n`)
})

async function answer(request: IncomingMessage): Promise<unknown> {
  const order = (await json(request)) as Order
  if (order.do === 'digest') return digestOf(sandbox.truth(order.resource), order.fields)
  if (order.do === 'requests') return sandbox.requests.byPath()
  if (order.do === 'forget') return (sandbox.requests.clear(), null)
  if (order.do === 'faults') return (Object.assign(sandbox.faults, order.faults), null)
  return changeSome(order.resource, order.share)
}

/** Every so-manieth object; gives how many. */
function changeSome(resource: string, share: number): number {
  const every = Math.round(1 / share)
  const chosen = sandbox.truth(resource).filter((_, i) => i % every === 0) as { id: string; description: string }[]
  for (const { id, description } of chosen)
    sandbox.mutate.update(resource, id, { description: `${description}, moved` })
  return chosen.length
}

/** NUL and lone surrogates, which jsonb refuses: the peers would fail on one customer in forty, and all of their batch. */
function takeOutUnstorable() {
  for (const customer of sandbox.truth('customer') as { id: string; metadata: object }[]) {
    if (/\\u(0000|d[89a-f])/i.test(JSON.stringify(customer.metadata)))
      sandbox.mutate.update('customer', customer.id, { metadata: { note: 'before and after' } })
  }
}
