import type { Change } from '@tributary/sdk'
import { type Answer, type HubspotObject, idOf } from './answers.ts'

/** The properties by which an object names those that were merged into it. */
export const MERGE_PROPERTIES = ['hs_merged_object_ids', 'hs_calculated_merged_vids']

/**
 * Lists and search name objects only: `get` reads them whole, by a POST, since the names of all properties are more than a URL or
 * a search may hold, and several requests for parts of an object could meet it in several states. What was merged into another
 * object is in no list any more, not in the archived one either, so it is told as deleted where the other is named.
 */
export function namedIn(resource: string, { objects }: Answer): Change[] {
  const named = objects.map(({ payload }) => payload as HubspotObject)
  return [
    ...named.map((object): Change => ({ resource, id: idOf(object) })),
    ...named.flatMap(mergedInto).map((id): Change => ({ resource, id, op: 'delete' })),
  ]
}

/** `12;34` for most, `12:1700000000000;34:1700000000001` for contacts merged before 2025, which kept the id of one of both. */
function mergedInto(object: HubspotObject): string[] {
  const lists = MERGE_PROPERTIES.map((name) => object.properties?.[name])
  const entries = lists.flatMap((list) => (typeof list === 'string' ? list.split(';') : []))
  const ids = entries.map((entry) => entry.split(':', 1)[0]!.trim())
  return [...new Set(ids)].filter((id) => /^\d+$/.test(id) && id !== object.id)
}
