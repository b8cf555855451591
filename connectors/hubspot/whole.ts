import type { Change, RawItem } from '@tributary/sdk'
import { type HubspotObject, idOf, parseAnswer } from './answers.ts'
import { type Associations, readAssociations } from './associations.ts'
import { type Client, unreadable } from './client.ts'
import { type ObjectType, objectTypeOf } from './object-types.ts'
import type { PropertyNames } from './property-names.ts'

/**
 * Whole objects: all properties of the account, and the ids of what they belong to. What is not found among the objects in use is
 * looked for among the archived ones, so that only what is in neither is gone. An id that was merged into another object is
 * answered with that object, under its own id.
 */
export async function getWhole(client: Client, names: PropertyNames, { name }: { name: string }, ids: string[]) {
  const type = objectTypeOf(name)
  const asked = [...new Set(ids)].filter((id) => /^\d+$/.test(id)) // other ids name nothing, and HubSpot refuses a batch with one
  const properties = asked.length > 0 ? await names(type.path) : []
  const live = await readBatch(client, type, { ids: asked, archived: false, properties })
  const rest = asked.filter((id) => !live.has(id))
  const archived = await readBatch(client, type, { ids: rest, archived: true, properties })
  const joined = await withAssociations(client, type, live)
  return [...joined, ...archived].map(([id, item]) => toChange(name, id, item))
}

function toChange(resource: string, id: string, { payload, raw }: RawItem): Change {
  const { archivedAt } = payload as HubspotObject
  return { resource, id, payload, raw, archived_at: typeof archivedAt === 'string' ? archivedAt : null }
}

type Batch = { ids: string[]; archived: boolean; properties: string[] }

/** By id, each once, also where several of the ids asked for were merged into it. */
async function readBatch(client: Client, { path }: ObjectType, batch: Batch): Promise<Map<string, RawItem>> {
  if (batch.ids.length === 0) return new Map()
  const request = `POST /crm/v3/objects/${path}/batch/read`
  const { objects } = parseAnswer(await client.read(path, batch), request)
  if (objects.some(({ payload }) => idOf(payload) === '')) throw unreadable(request)
  return new Map(objects.map((item) => [idOf(item.payload), item]))
}

async function withAssociations(client: Client, { path, associated }: ObjectType, items: Map<string, RawItem>) {
  const ids = [...items.keys()]
  if (ids.length === 0 || associated.length === 0) return [...items]
  const links = await Promise.all(
    associated.map(async (to) => [to, await readAssociations(client, [path, to], ids)] as const),
  )
  return [...items].map(([id, item]) => [id, join(item, id, links)] as const)
}

/** As a member of the object, since HubSpot gives them so where it gives both; the object's own text stays as it came. */
function join({ payload, raw }: RawItem, id: string, links: (readonly [string, Associations])[]): RawItem {
  const lists = links.map(([to, found]) => `"${to}":[${(found.get(id) ?? []).join(',')}]`)
  const associations = `{${lists.join(',')}}`
  return {
    payload: { ...payload, associations: JSON.parse(associations) as object },
    raw: `${raw.slice(0, -1)},"associations":${associations}}`,
  }
}
