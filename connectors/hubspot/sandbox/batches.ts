import { z } from 'zod'
import { invalid } from './problem.ts'
import { shown, TYPES } from './wire.ts'
import type { Stored, TypeName } from './wire.ts'
import { linksOf, resolve } from './world.ts'
import type { World } from './world.ts'

type Outcome = { results: object[]; errors: object[] }
const id = z.string().regex(/^\d+$/)

const readShape = z.object({
  inputs: z.array(z.object({ id })).min(1).max(100),
  properties: z.array(z.string()).default([]),
})

/** HubSpot's manual, "Batch read". What is not found is told once for all, beside what is; each object is given once. */
export function readBatch(world: World, name: TypeName, text: string, query: URLSearchParams): Outcome {
  const { inputs, properties } = parse(readShape, text)
  const archived = query.get('archived') === 'true'
  const found = inputs.map((input) => [input.id, resolve(world, name, input.id)] as const)
  const isWanted = (value: Stored | undefined) => value?.archived === archived
  const values = new Set(found.flatMap(([, value]) => (value && isWanted(value) ? [value] : [])))
  const ids = found.flatMap(([asked, value]) => (isWanted(value) ? [] : [asked]))
  return {
    results: [...values].map((value) => shown(name, value, world.definitions[name], properties)),
    errors: ids.length > 0 ? [notFoundIn(name, ids)] : [],
  }
}

const notFoundIn = (name: TypeName, ids: string[]) => ({
  status: 'error',
  category: 'OBJECT_NOT_FOUND',
  message: `Could not get some ${name.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
  context: { ids },
})

const associationsShape = z.object({
  inputs: z
    .array(z.object({ id, after: z.string().optional() }))
    .min(1)
    .max(1000),
})
const PAGE = 500

/** HubSpot's manual, "Associations v4": an object that has none is an error, one that has many is to be asked for again. */
export function readAssociations(world: World, [from, to]: [TypeName, TypeName], text: string): Outcome {
  const { inputs } = parse(associationsShape, text)
  const answers = inputs.map((input) => ({ input, links: linksFrom(world, from, to, input.id) }))
  const [found, none] = [answers.filter(({ links }) => links.length > 0), answers.filter(({ links }) => !links.length)]
  return {
    results: found.map(({ input, links }) => {
      const start = Number(input.after ?? 0)
      const end = start + PAGE
      const paging = end < links.length && { paging: { next: { after: String(end), link: 'https://example.com/' } } }
      return { from: { id: input.id }, to: links.slice(start, end), ...paging }
    }),
    errors: none.map(({ input }) => noAssociations(from, to, input.id)),
  }
}

const linksFrom = (world: World, from: TypeName, to: TypeName, asked: string) =>
  world.objects[from].get(asked)?.archived === false ? linksOf(world, from, asked, to) : []

const noAssociations = (from: TypeName, to: TypeName, asked: string) => ({
  status: 'error',
  category: 'OBJECT_NOT_FOUND',
  subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
  message: `No ${to} is associated with ${from} ${asked}.`,
  context: { fromObjectId: [asked], fromObjectType: [from], toObjectType: [to] },
})

function parse<Shape extends z.ZodType>(shape: Shape, text: string): z.output<Shape> {
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    throw invalid('Invalid input JSON')
  }
}

/** The scopes that a request for these types needs, each of them. */
export const scopesFor = (...names: TypeName[]) => names.map((name) => `crm.objects.${TYPES[name].path}.read`)
