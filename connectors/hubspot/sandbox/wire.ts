/** The types of objects that the fake holds, by the connector's names. HubSpot's manual, "CRM search": what comes if nothing is asked for. */
export const TYPES = {
  contact: {
    path: 'contacts',
    modified: 'lastmodifieddate',
    shown: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  },
  company: {
    path: 'companies',
    modified: 'hs_lastmodifieddate',
    shown: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
  },
  deal: {
    path: 'deals',
    modified: 'hs_lastmodifieddate',
    shown: [
      ...['amount', 'closedate', 'createdate', 'dealname', 'dealstage', 'hs_lastmodifieddate', 'hs_object_id'],
      'pipeline',
    ],
  },
} as const

export type TypeName = keyof typeof TYPES
export const TYPE_NAMES = Object.keys(TYPES) as TypeName[]
export const typesByPath = new Map(TYPE_NAMES.map((name) => [TYPES[name].path as string, name]))

/** Values that are set; a cleared one is ''. */
export type Properties = Record<string, string>
/** An object as the fake holds it. Replaced, never changed. */
export type Stored = {
  id: string
  properties: Properties
  createdAt: string
  updatedAt: string
  archived: boolean
  archivedAt?: string
}

export type Definition = {
  name: string
  label: string
  type: 'string' | 'number' | 'datetime' | 'enumeration' | 'bool'
}
export type AssociationType = { category: 'HUBSPOT_DEFINED' | 'USER_DEFINED'; typeId: number; label: string | null }
export type Association = { toObjectId: number; associationTypes: AssociationType[] }

/** What is asked for, and what always comes along. HubSpot's manual, "Properties": one that is not set is null, an unknown one is left out. */
export function shown(name: TypeName, value: Stored, definitions: Definition[], asked: string[]): object {
  const names = new Set([...(asked.length > 0 ? asked : TYPES[name].shown), ...ALWAYS, TYPES[name].modified])
  const known = definitions.filter((definition) => names.has(definition.name))
  const properties = Object.fromEntries(known.map((one) => [one.name, valueOf(value, one.name) ?? null]))
  return { ...value, properties }
}

/** A property may have the name of a thing that every object of JavaScript has. */
export const valueOf = ({ properties }: Stored, name: string): string | undefined =>
  Object.hasOwn(properties, name) ? properties[name] : undefined

const ALWAYS = ['createdate', 'hs_object_id']
