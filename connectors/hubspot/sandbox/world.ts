import { createRandom } from '@tributary/sdk/sandbox'
import type { Clock, Random, SandboxPlan } from '@tributary/sdk/sandbox'
import { createCollection } from './collection.ts'
import type { Collection } from './collection.ts'
import { definitionsOf } from './definitions.ts'
import type { Links } from './links.ts'
import { byType, COUNTS, seedAccount } from './seed.ts'
import { shown, TYPES } from './wire.ts'
import type { Association, Definition, Stored, TypeName } from './wire.ts'

/** All that the fake holds. */
export type World = {
  clock: Clock
  definitions: Record<TypeName, Definition[]>
  objects: Record<TypeName, Collection>
  links: Links
  /** Ids that were merged into another, by type. */
  merged: Record<TypeName, Map<string, string>>
  /** Ids that are gone for good. */
  purged: Record<TypeName, Set<string>>
  random: Random
  custom: number
}

export function createWorld({ seed, counts, clock }: SandboxPlan): World {
  const all = { ...COUNTS, ...counts }
  const { objects, merged, links } = seedAccount(seed, all)
  return {
    clock,
    definitions: byType((name) => definitionsOf(name, all.properties)),
    objects: byType((name) => createCollection(objects[name])),
    links,
    merged,
    purged: byType(() => new Set<string>()),
    random: createRandom(seed, 'hubspot later'),
    custom: all.properties,
  }
}

/** HubSpot's manual, "Merge records": the ids of both point to what they were merged into. */
export function resolve({ merged, objects }: World, name: TypeName, id: string): Stored | undefined {
  let at: string | undefined = id
  while (at !== undefined && !objects[name].get(at)) at = merged[name].get(at)
  return at === undefined ? undefined : objects[name].get(at)
}

/** To objects that are in use. */
export const linksOf = ({ links, objects }: World, resource: TypeName, id: string, to: TypeName): Association[] =>
  links.of({ resource, id }, to).filter(({ toObjectId }) => objects[to].get(String(toObjectId))?.archived === false)

/** What a contact and a deal are read with. */
const ASSOCIATED: Record<TypeName, TypeName[]> = { contact: ['company'], company: [], deal: ['company', 'contact'] }

/** An object with all its properties and, while it is in use, its associations, lowest id first. */
export function whole(world: World, name: TypeName, value: Stored): object {
  const definitions = world.definitions[name]
  const object = shown(
    name,
    value,
    definitions,
    definitions.map((definition) => definition.name),
  )
  if (value.archived || ASSOCIATED[name].length === 0) return object
  const lists = ASSOCIATED[name].map((to) => [TYPES[to].path, linksOf(world, name, value.id, to).toReversed()])
  return { ...object, associations: Object.fromEntries(lists) as object }
}
