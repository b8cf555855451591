import { ConnectorError } from '@tributary/sdk'

export type ObjectType = {
  /** As paths name it. */
  path: string
  /** The property that search knows the time of the last change by. */
  modified: string
  /** What it is read with: the paths of the types whose ids go along with it. */
  associated: string[]
}

const objectTypes: Record<string, ObjectType> = {
  contact: { path: 'contacts', modified: 'lastmodifieddate', associated: ['companies'] },
  company: { path: 'companies', modified: 'hs_lastmodifieddate', associated: [] },
  deal: { path: 'deals', modified: 'hs_lastmodifieddate', associated: ['companies', 'contacts'] },
}

/** Throws `unsupported` where there is no such resource. */
export function objectTypeOf(resource: string): ObjectType {
  const type = Object.hasOwn(objectTypes, resource) ? objectTypes[resource] : undefined
  if (type) return type
  throw new ConnectorError(
    'unsupported',
    `hubspot: there is no resource "${resource}"; use one of ${Object.keys(objectTypes).join(', ')}`,
  )
}

export const objectPaths = (): string[] => Object.values(objectTypes).map(({ path }) => path)
