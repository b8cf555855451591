import { invalidRequest, resourceMissing, unknownParameter } from './problem.ts'
import type { Collection, PageQuery, Range } from './collection.ts'
import type { ResourceSpec } from './resources.ts'
import type { Stored } from './wire.ts'

/** Parameters by name, an array's elements together: `types[]=a&types[1]=b` is `types[]: [a, b]`. */
export type Parameters = Map<string, string[]>

export function readParameters(query: URLSearchParams): Parameters {
  const parameters: Parameters = new Map()
  for (const [given, value] of query) {
    const name = given.replace(/\[\d*\]$/, '[]')
    if (value === '') throw invalidRequest(`You passed an empty string for '${name}'.`, 'parameter_invalid_empty', name)
    const values = name.endsWith('[]') ? (parameters.get(name) ?? []) : []
    parameters.set(name, [...values, value])
  }
  return parameters
}

/** Whatever is not allowed is refused, as Stripe does, so that a misspelt filter never reads as no filter. */
export function allowOnly(parameters: Parameters, allowed: string[]) {
  for (const name of parameters.keys()) if (!allowed.includes(name)) throw unknownParameter(name)
}

const PAGING = ['limit', 'starting_after', 'ending_before']
const RANGE = ['created', 'created[gt]', 'created[gte]', 'created[lt]', 'created[lte]']

export const subListParameters = PAGING
export const listParameters = ({ filters }: ResourceSpec) => [...PAGING, ...RANGE, 'expand[]', ...Object.keys(filters)]

export function readLimit(parameters: Parameters): number {
  const limit = readInteger(parameters, 'limit') ?? 10
  const bad = limit < 1 ? 'greater than or equal to 1' : limit > 100 ? 'less than or equal to 100' : undefined
  if (bad) throw invalidRequest(`This value must be ${bad}.`, 'parameter_invalid_integer', 'limit')
  return limit
}

/** The ids to go on from; Stripe takes one or the other. */
export function readCursors(parameters: Parameters): { after?: string; before?: string } {
  const [after] = parameters.get('starting_after') ?? []
  const [before] = parameters.get('ending_before') ?? []
  if (after && before)
    throw invalidRequest(
      'You cannot use both `starting_after` and `ending_before`.',
      'parameters_exclusive',
      'ending_before',
    )
  return { after, before }
}

/** A page of a top-level list, all parameters in any mix. An unknown cursor is a 400 that names its parameter. */
export function readPageQuery(parameters: Parameters, spec: ResourceSpec, collection: Collection): PageQuery {
  const { after, before } = readCursors(parameters)
  const entryOf = (id: string | undefined, param: string) => {
    if (id === undefined) return undefined
    const entry = collection.get(id)
    if (!entry) throw resourceMissing(spec.called, id, param)
    return entry
  }
  return {
    limit: readLimit(parameters),
    after: entryOf(after, 'starting_after'),
    before: entryOf(before, 'ending_before'),
    range: readRange(parameters),
    keep: readFilters(parameters, spec),
  }
}

function readRange(parameters: Parameters): Range {
  const read = (name: string) => readInteger(parameters, name)
  const exactly = read('created')
  const from = [exactly, read('created[gte]'), plus(read('created[gt]'), 1)]
  const to = [exactly, read('created[lte]'), plus(read('created[lt]'), -1)]
  return { from: Math.max(...from.map((at) => at ?? -Infinity)), to: Math.min(...to.map((at) => at ?? Infinity)) }
}

const plus = (value: number | undefined, more: number) => (value === undefined ? undefined : value + more)

function readFilters(parameters: Parameters, { filters, unlessGiven = {} }: ResourceSpec) {
  const given = Object.entries(filters).flatMap(([name, filter]) => {
    const values = parameters.get(name)
    return values ? [filter(values, name)] : []
  })
  const defaults = Object.entries(unlessGiven).flatMap(([name, test]) => (parameters.has(name) ? [] : [test]))
  const tests = [...given, ...defaults]
  return tests.length ? (value: Stored) => tests.every((test) => test(value)) : undefined
}

function readInteger(parameters: Parameters, name: string): number | undefined {
  const [text] = parameters.get(name) ?? []
  if (text === undefined) return undefined
  if (!/^-?\d+$/.test(text)) throw invalidRequest(`Invalid integer: ${text}`, 'parameter_invalid_integer', name)
  return Number(text)
}
