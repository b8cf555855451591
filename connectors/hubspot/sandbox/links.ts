import { TYPES } from './wire.ts'
import type { Association, AssociationType, TypeName } from './wire.ts'

export type End = { resource: TypeName; id: string }
/** Which objects belong together, seen from either end. */
export type Links = {
  /** Adds what is not there yet. Throws where HubSpot has no association between the two types. */
  add(from: End, to: End, options?: { primary?: boolean }): void
  /** By the id that they lead to, greatest first, so that nobody relies on an order. */
  of(from: End, to: TypeName): Association[]
  /** All of one object goes over to another. */
  move(resource: TypeName, id: string, into: string): void
}

/** HubSpot's manual, "Association type definitions": `primary` comes beside the plain one. */
const KINDS: Record<string, { plain: number; primary?: number }> = {
  'contact company': { plain: 279, primary: 1 },
  'company contact': { plain: 280, primary: 2 },
  'deal company': { plain: 341, primary: 5 },
  'company deal': { plain: 342, primary: 6 },
  'deal contact': { plain: 3 },
  'contact deal': { plain: 4 },
}

export function createLinks(): Links {
  /** `contact 51 company` -> target id -> types. */
  const links = new Map<string, Map<string, AssociationType[]>>()
  const key = ({ resource, id }: End, to: TypeName) => `${resource} ${id} ${to}`
  function lead(from: End, to: End, primary: boolean) {
    const targets = links.get(key(from, to.resource)) ?? new Map<string, AssociationType[]>()
    const held = targets.get(to.id) ?? []
    const types = typesOf(from.resource, to.resource, primary)
    targets.set(to.id, [...held, ...types.filter((type) => !held.some(({ typeId }) => typeId === type.typeId))])
    links.set(key(from, to.resource), targets)
  }
  const add: Links['add'] = (from, to, { primary = false } = {}) => {
    lead(from, to, primary)
    lead(to, from, primary)
  }
  return {
    add,
    of: (from, to) =>
      [...(links.get(key(from, to)) ?? [])]
        .map(([id, associationTypes]) => ({ toObjectId: Number(id), associationTypes }))
        .toSorted((a, b) => b.toObjectId - a.toObjectId),
    move(resource, id, into) {
      for (const to of Object.keys(TYPES) as TypeName[]) {
        for (const [target, types] of links.get(key({ resource, id }, to)) ?? []) {
          const primary = types.some(({ label }) => label === 'Primary')
          add({ resource, id: into }, { resource: to, id: target }, { primary })
          links.get(key({ resource: to, id: target }, resource))?.delete(id)
        }
        links.delete(key({ resource, id }, to))
      }
    },
  }
}

function typesOf(from: TypeName, to: TypeName, primary: boolean): AssociationType[] {
  const kind = KINDS[`${from} ${to}`]
  if (!kind) throw new Error(`hubspot sandbox: a ${from} has no association with a ${to}; choose other ends`)
  const plain: AssociationType = { category: 'HUBSPOT_DEFINED', typeId: kind.plain, label: null }
  return primary && kind.primary
    ? [plain, { category: 'HUBSPOT_DEFINED', typeId: kind.primary, label: 'Primary' }]
    : [plain]
}
