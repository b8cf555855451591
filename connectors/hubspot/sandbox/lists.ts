import { invalid, notFound } from './problem.ts'
import { shown } from './wire.ts'
import type { Stored, TypeName } from './wire.ts'
import { resolve } from './world.ts'
import type { World } from './world.ts'

const MOST = 100

/** HubSpot's manual, "List": by id, either what is in use or what is archived. `after` is not to be understood, only to be given back. */
export function listPage(world: World, name: TypeName, query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 10)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw invalid(`limit must be from 1 to ${MOST}`)
  const wanted = isArchived(query)
  const after = query.get('after')
  const rest = world.objects[name]
    .after(after === null ? '0' : decode(after))
    .filter(({ archived }) => archived === wanted)
  const page = rest.slice(0, limit)
  const results = page.map((value) => shown(name, value, world.definitions[name], namesIn(query)))
  const next = rest.length > limit && {
    paging: { next: { after: encode(page.at(-1)!), link: 'https://example.com/' } },
  }
  return { results, ...next }
}

/** HubSpot's manual, "Retrieve": an archived object is found only if it is asked for as such. */
export function retrieve(world: World, name: TypeName, id: string, query: URLSearchParams): object {
  const value = resolve(world, name, id)
  if (!value || value.archived !== isArchived(query)) throw notFound()
  return shown(name, value, world.definitions[name], namesIn(query))
}

const isArchived = (query: URLSearchParams) => query.get('archived') === 'true'
const namesIn = (query: URLSearchParams) => query.getAll('properties').flatMap((names) => names.split(','))

const encode = ({ id }: Stored) => Buffer.from(`after ${id}`).toString('base64url')
function decode(after: string): string {
  const [, id] = /^after (\d+)$/.exec(Buffer.from(after, 'base64url').toString()) ?? []
  if (!id) throw invalid(`Invalid after: ${after}`)
  return id
}
