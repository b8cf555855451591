import type { Mutations } from '@tributary/sdk/sandbox'
import { z } from 'zod'
import { idAt, toIso, toStored } from './odd.ts'
import { invalid, notFound } from './problem.ts'
import { INVENT } from './seed.ts'
import { shown, TYPE_NAMES, TYPES } from './wire.ts'
import type { Properties, Stored, TypeName } from './wire.ts'
import { whole } from './world.ts'
import type { World } from './world.ts'

/** Fields are properties here: what changes of an object of HubSpot's is one of them. `remove` archives, as HubSpot's own delete does. */
export interface HubspotMutations extends Mutations {
  create(resource: string, fields?: object): Identified
  update(resource: string, id: string, fields: object): Identified
  remove(resource: string, id: string): void
  /** Out of the archive again. */
  restore(resource: string, id: string): void
  /** Gone for good, as what was archived for 90 days. */
  purge(resource: string, id: string): void
  /** Both become one new object with the properties of the first, and what belonged to either. */
  merge(resource: string, primaryId: string, otherId: string): Identified
  associate(from: { resource: string; id: string }, to: { resource: string; id: string }): void
}
type Identified = { id: string }

export function createMutations(world: World): HubspotMutations {
  const show = (name: TypeName, value: Stored) => whole(world, name, value) as Identified
  return {
    create(resource, fields = {}) {
      const name = typeNamed(resource)
      return show(name, create(world, name, fields as Properties))
    },
    update(resource, id, fields) {
      const name = typeNamed(resource)
      return show(name, change(world, name, world.objects[name].known(id), fields as Properties))
    },
    remove: (resource, id) => archive(world, typeNamed(resource), id),
    restore: (resource, id) => restore(world, typeNamed(resource), id),
    purge(resource, id) {
      world.objects[typeNamed(resource)].remove(id, world.clock.now())
      world.purged[typeNamed(resource)].add(id)
    },
    merge(resource, primaryId, otherId) {
      const name = typeNamed(resource)
      return show(name, merge(world, name, primaryId, otherId))
    },
    associate(from, to) {
      const ends = [from, to].map(({ resource, id }) => ({ resource: typeNamed(resource), id })) as [End, End]
      world.links.add(...ends)
      // Counts of what belongs to an object are properties of it, so its time of change moves on.
      for (const { resource, id } of ends) change(world, resource, world.objects[resource].known(id), {})
    },
  }
}
type End = { resource: TypeName; id: string }

/** Throws for a name that is not one of ours. */
export function typeNamed(name: string): TypeName {
  const found = TYPE_NAMES.find((type) => type === name)
  if (!found) throw new Error(`hubspot sandbox: there is no resource "${name}"; there are ${TYPE_NAMES.join(', ')}`)
  return found
}

function create(world: World, name: TypeName, fields: Properties): Stored {
  const { clock, custom, objects, random } = world
  const id = nextId(world, name)
  const now = clock.now()
  const invented = INVENT[name](random, { name, id, created: now, modified: now, custom }, Number(id))
  const value = { ...invented, properties: { ...invented.properties, ...fields } }
  objects[name].put(value, now)
  return value
}

const nextId = ({ objects, merged, purged }: World, name: TypeName) =>
  idAt(
    Math.max(1, ...[...objects[name].all().map(({ id }) => id), ...merged[name].keys(), ...purged[name]].map(Number)),
    1,
  )

function change(world: World, name: TypeName, value: Stored, fields: Properties): Stored {
  const updatedAt = toIso(world.clock.now())
  const properties = { ...value.properties, ...fields, [TYPES[name].modified]: updatedAt }
  const changed = { ...value, properties, updatedAt }
  world.objects[name].put(changed, world.clock.now())
  return changed
}

/** HubSpot's manual, "Archive": the time of the last change stays as it was. Done twice, it is done once. */
export function archive(world: World, name: TypeName, id: string) {
  const value = world.objects[name].get(id)
  if (!value || value.archived) return
  const now = world.clock.now()
  world.objects[name].put({ ...value, archived: true, archivedAt: toIso(now) }, now)
}

function restore(world: World, name: TypeName, id: string) {
  const { archivedAt: _, ...value } = world.objects[name].known(id)
  change(world, name, { ...value, archived: false }, {})
}

/** HubSpot's changelog, "Updated merge functionality": neither id remains, both lead to the new object. */
function merge(world: World, name: TypeName, primaryId: string, otherId: string): Stored {
  const { clock, links, merged, objects } = world
  const [primary, other] = [objects[name].known(primaryId), objects[name].known(otherId)]
  const before = [primary, other].flatMap(({ id, properties }) => [
    id,
    ...(properties.hs_merged_object_ids?.split(';') ?? []),
  ])
  const now = clock.now()
  const value = toStored({ name, id: nextId(world, name), created: now, modified: now, custom: world.custom }, {})
  const hs_merged_object_ids = before.join(';')
  const properties = { ...other.properties, ...primary.properties, ...value.properties, hs_merged_object_ids }
  objects[name].put({ ...value, properties }, now)
  for (const old of [primaryId, otherId]) {
    objects[name].remove(old, now)
    merged[name].set(old, value.id)
    links.move(name, old, value.id)
  }
  return objects[name].known(value.id)
}

const mergeShape = z.object({ primaryObjectId: z.string(), objectIdToMerge: z.string() })

export function mergeByRequest(world: World, name: TypeName, text: string): object {
  const { data } = mergeShape.safeParse(JSON.parse(text))
  if (!data) throw invalid('Invalid input JSON')
  const { primaryObjectId, objectIdToMerge } = data
  if (primaryObjectId === objectIdToMerge) throw invalid('Cannot merge an object with itself.')
  const found = [primaryObjectId, objectIdToMerge].map((id) => world.objects[name].get(id))
  if (found.some((value) => value?.archived !== false)) throw notFound()
  return shown(name, merge(world, name, primaryObjectId, objectIdToMerge), world.definitions[name], [])
}
