import { z } from 'zod'
import { invalid } from './problem.ts'
import { shown, valueOf } from './wire.ts'
import type { Definition, Stored, TypeName } from './wire.ts'
import type { World } from './world.ts'

/** HubSpot's manual, "CRM search", "Limits". */
const MOST = { body: 3000, page: 200, results: 10_000, groups: 5, filters: 6 }

const filterShape = z.object({ propertyName: z.string(), operator: z.string(), value: z.coerce.string().optional() })
const sortShape = z.union([
  z.string(),
  z.object({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING') }),
])
const bodyShape = z.object({
  filterGroups: z
    .array(z.object({ filters: z.array(filterShape).max(MOST.filters) }))
    .max(MOST.groups)
    .default([]),
  sorts: z.array(sortShape).max(1).default([]),
  properties: z.array(z.string()).default([]),
  limit: z.int().min(1).max(MOST.page).default(10),
  after: z.coerce.number().int().min(0).optional(),
})
type Body = z.output<typeof bodyShape>
type Filter = z.output<typeof filterShape>

/** What the index knew `lagMs` ago, which for a while is nothing of a new object and the old values of a changed one. */
export function searchPage(world: World, name: TypeName, text: string, lagMs: number): object {
  const body = parseBody(text)
  const start = body.after ?? 0
  if (start + body.limit > MOST.results) throw invalid(`The offset and limit must not exceed ${MOST.results}.`)
  const matches = createFilter(world.definitions[name], body)
  const found = world.objects[name].indexedAfter(floorOf(body), world.clock.now() - lagMs).filter(matches)
  const sorted = sort(found, body, world.definitions[name])
  const end = start + body.limit
  return {
    total: sorted.length,
    results: sorted.slice(start, end).map((value) => shown(name, value, world.definitions[name], body.properties)),
    ...(end < sorted.length && { paging: { next: { after: String(end) } } }),
  }
}

function parseBody(text: string): Body {
  if (text.length > MOST.body) throw invalid(`The request body must not exceed ${MOST.body} characters.`)
  try {
    return bodyShape.parse(JSON.parse(text))
  } catch {
    throw invalid('Invalid input JSON')
  }
}

/** Whatever the filters say, what is below here cannot match: a big account is not looked through for each page. */
function floorOf({ filterGroups }: Body): string {
  const [group, ...others] = filterGroups
  const floor = group?.filters.find(
    ({ propertyName, operator }) => propertyName === 'hs_object_id' && operator === 'GT',
  )
  return others.length === 0 && floor?.value !== undefined ? floor.value : '0'
}

/** Any group, and of it all filters. */
function createFilter(definitions: Definition[], { filterGroups }: Body): (value: Stored) => boolean {
  const groups = filterGroups.map(({ filters }) => filters.map((filter) => createTest(definitions, filter)))
  return (value) => groups.length === 0 || groups.some((tests) => tests.every((test) => test(value)))
}

const OPERATORS: Record<string, (order: number) => boolean> = {
  EQ: (order) => order === 0,
  NEQ: (order) => order !== 0,
  LT: (order) => order < 0,
  LTE: (order) => order <= 0,
  GT: (order) => order > 0,
  GTE: (order) => order >= 0,
}

function createTest(definitions: Definition[], { operator, propertyName, value }: Filter) {
  const definition = definitions.find(({ name }) => name === propertyName)
  if (!definition) throw invalid(`There was a problem with the request. Property ${propertyName} does not exist.`)
  const read = (stored: Stored) => comparable(definition, valueOf(stored, propertyName))
  if (operator === 'HAS_PROPERTY') return (stored: Stored) => read(stored) !== undefined
  if (operator === 'NOT_HAS_PROPERTY') return (stored: Stored) => read(stored) === undefined
  const holds = OPERATORS[operator]
  const wanted = comparable(definition, value)
  if (!holds || wanted === undefined) throw invalid(`There was a problem with the request. ${operator} needs a value.`)
  return (stored: Stored) => {
    const held = read(stored)
    return held !== undefined && holds(compare(held, wanted))
  }
}

/** HubSpot's manual, "CRM search": times are asked for in milliseconds. */
function comparable({ type }: Definition, value: string | undefined): number | string | undefined {
  if (value === undefined || value === '') return undefined
  if (type === 'number') return Number(value)
  if (type === 'datetime') return /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  return value.toLowerCase()
}

const compare = (a: number | string, b: number | string) => (a === b ? 0 : a < b ? -1 : 1)

/** They come by id, lowest first, which is an order that nobody is promised. */
function sort(found: Stored[], { sorts: [by] }: Body, definitions: Definition[]): Stored[] {
  if (by === undefined) return found
  const written = typeof by === 'string' ? by : `${by.direction === 'DESCENDING' ? '-' : ''}${by.propertyName}`
  const property = written.replace(/^-/, '')
  if (written === 'hs_object_id') return found
  const definition = definitions.find(({ name }) => name === property)
  if (!definition) throw invalid(`There was a problem with the request. Property ${property} does not exist.`)
  const key = (stored: Stored) => comparable(definition, valueOf(stored, property)) ?? ''
  const sign = written.startsWith('-') ? -1 : 1
  return found.toSorted((a, b) => sign * compare(key(a), key(b)))
}
