import {
  allowOnly,
  listParameters,
  readCursors,
  readLimit,
  readPageQuery,
  readParameters,
  subListParameters,
} from './parameters.ts'
import type { Parameters } from './parameters.ts'
import { invalidRequest, resourceMissing } from './problem.ts'
import { SPECS } from './resources.ts'
import type { Listable, ResourceSpec } from './resources.ts'
import { listOf } from './wire.ts'
import type { ListOf, Stored } from './wire.ts'
import { bytesOf, eventsSince, shown } from './world.ts'
import type { World } from './world.ts'

/** A page of a top-level list: its bytes if all can be joined from what is at hand, else the objects. */
export function listPage(world: World, name: Listable, query: URLSearchParams): Buffer | ListOf<Stored> {
  const spec = SPECS[name]
  const parameters = readParameters(query)
  allowOnly(parameters, listParameters(spec))
  const asked = readPageQuery(parameters, spec, world.objects[name])
  const range =
    name === 'event' ? { ...asked.range, from: Math.max(asked.range.from, eventsSince(world)) } : asked.range
  const { entries, hasMore } = world.objects[name].page({ ...asked, range })
  const expand = expansions(parameters, 'data.')
  if (expand.length === 0) return joinList(entries.map(bytesOf), `/v1/${spec.path}`, hasMore)
  return listOf(
    entries.map((entry) => expanded(world, spec, entry.value, expand)),
    `/v1/${spec.path}`,
    hasMore,
  )
}

function joinList(objects: Buffer[], url: string, hasMore: boolean): Buffer {
  const parts = objects.flatMap((bytes, i) => (i === 0 ? [bytes] : [COMMA, bytes]))
  const tail = Buffer.from(`],"has_more":${hasMore},"url":"${url}"}`)
  return Buffer.concat([HEAD, ...parts, tail])
}

const HEAD = Buffer.from('{"object":"list","data":[')
const COMMA = Buffer.from(',')

/** A page of a list that belongs to one object, in the order in which it is embedded. */
export function subListPage(
  data: Stored[],
  { query, url, called }: { query: URLSearchParams; url: string; called: string },
): ListOf<Stored> {
  const parameters = readParameters(query)
  allowOnly(parameters, subListParameters)
  const limit = readLimit(parameters)
  const { after, before } = readCursors(parameters)
  const indexOf = (id: string, param: string) => {
    const index = data.findIndex((value) => value.id === id)
    if (index < 0) throw resourceMissing(called, id, param)
    return index
  }
  if (before !== undefined) {
    const end = indexOf(before, 'ending_before')
    return listOf(data.slice(Math.max(0, end - limit), end), url, end > limit)
  }
  const start = after === undefined ? 0 : indexOf(after, 'starting_after') + 1
  return listOf(data.slice(start, start + limit), url, data.length > start + limit)
}

/** One object, with what `expand[]` asks for. */
export function retrieved(world: World, spec: ResourceSpec, value: Stored, query: URLSearchParams): Stored {
  const parameters = readParameters(query)
  allowOnly(parameters, ['expand[]'])
  return expanded(world, spec, value, expansions(parameters, ''))
}

function expansions(parameters: Parameters, prefix: string): string[] {
  return (parameters.get('expand[]') ?? []).map((path) => {
    if (!path.startsWith(prefix)) throw cannotExpand(path)
    return path.slice(prefix.length)
  })
}

function expanded(world: World, { expand }: ResourceSpec, value: Stored, fields: string[]): Stored {
  const inPlace = fields.map((field) => {
    const of = expand[field]
    if (!of) throw cannotExpand(field)
    return [field, of(world, value)] as const
  })
  return { ...shown(value), ...Object.fromEntries(inPlace) }
}

const cannotExpand = (path: string) =>
  invalidRequest(`This property cannot be expanded (${path}).`, undefined, 'expand')
