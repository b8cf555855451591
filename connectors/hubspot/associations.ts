import { ConnectorError, jsonItems, type RawItem } from '@tributary/sdk'
import { z } from 'zod'
import { parseAnswer } from './answers.ts'
import { type Client, unreadable } from './client.ts'

type Asked = { id: string; after?: string }
/** By the id of the object that they are of: the JSON of each association, in the order of the ids that they lead to. */
export type Associations = Map<string, string[]>

const resultShape = z.object({
  from: z.object({ id: z.string() }),
  paging: z.object({ next: z.object({ after: z.string().min(1) }).nullish() }).nullish(),
})

/** All that lead from these objects to those of another type. One that has more than a page of them is asked on by its own mark. */
export async function readAssociations(client: Client, [from, to]: [string, string], ids: string[]) {
  const found = new Map<string, RawItem[]>()
  const request = `POST /crm/v4/associations/${from}/${to}/batch/read`
  const seen = new Set<string>()
  for (let asked: Asked[] = ids.map((id) => ({ id })); asked.length > 0;) {
    const { objects } = parseAnswer(await client.associations(from, to, asked), request)
    const results = objects.map((result) => parseResult(result, request))
    for (const { id, items } of results) found.set(id, [...(found.get(id) ?? []), ...items])
    asked = results.flatMap(({ id, after }) => (after ? [{ id, after }] : []))
    refuseCircle(seen, asked, request)
  }
  return new Map([...found].map(([id, items]) => [id, items.toSorted(byTarget).map(({ raw }) => raw)]))
}

function parseResult({ payload, raw }: RawItem, request: string) {
  try {
    const { from, paging } = resultShape.parse(payload)
    return { id: from.id, after: paging?.next?.after, items: jsonItems(raw, 'to').items }
  } catch {
    throw unreadable(request)
  }
}

/** HubSpot promises no order, and another one would be another object. */
const byTarget = (a: RawItem, b: RawItem) => targetOf(a) - targetOf(b)
const targetOf = ({ payload }: RawItem) => Number((payload as { toObjectId?: unknown }).toObjectId)

function refuseCircle(seen: Set<string>, asked: Asked[], request: string) {
  for (const { id, after } of asked) {
    const mark = `${id} ${after}`
    if (seen.has(mark))
      throw new ConnectorError(
        'upstream_unavailable',
        `hubspot: the pages of ${request} turn in a circle for ${id}; ask again`,
      )
    seen.add(mark)
  }
}
