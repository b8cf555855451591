import type { UnifiedRecord } from '@tributary/sdk/models'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { findLeftovers, traceObject, type MapPayload } from './trace-paths.ts'

type Raw = Record<string, never> & { a?: string; b?: string; tags?: string[]; rest?: Record<string, unknown> }

const mapper =
  (toFields: (raw: Raw) => object): MapPayload =>
  (payload) => ({ ok: true, records: [toFields(payload as Raw) as UnifiedRecord] })

/** As a mapper that checks what it reads, and lets unknown fields through. */
const loose = z.looseObject({ a: z.string().nullish(), b: z.string().nullish() })

test('A path that is read by name is mapped, though it changes nothing while another goes before it', () => {
  const map = mapper(({ a, b }) => ({ name: a ?? b }))
  expect(findLeftovers(map, [{ a: 'A', b: 'B', c: 'C' }])).toEqual({ unmapped: ['/c'], custom_fields: [] })
})

test('A path that only a catch-all reads is unmapped, unless something comes of it', () => {
  const drops = mapper((raw) => ({ name: loose.parse(raw).a }))
  expect(findLeftovers(drops, [{ a: 'A', b: 'B', c: 'C' }])).toEqual({ unmapped: ['/c'], custom_fields: [] })
  const keeps = mapper(({ a, ...rest }) => ({ name: a, custom_fields: rest }))
  expect(findLeftovers(keeps, [{ a: 'A', c: 'C' }])).toEqual({ unmapped: [], custom_fields: ['/c'] })
  const counts = mapper((raw) => ({ name: Object.values(raw).map(String).join(' ') }))
  expect(findLeftovers(counts, [{ a: 'A', c: 'C' }])).toEqual({ unmapped: [], custom_fields: [] })
})

test('One object that shows a path mapped is enough, and what is null or empty everywhere is not missed', () => {
  const map = mapper((raw) => ({ name: Object.entries(raw).find(([key]) => key !== 'kind')?.[1] }))
  expect(
    findLeftovers(map, [
      { kind: 'x', a: 'A', b: 'B' },
      { kind: 'x', b: 'B' },
      { kind: 'x', c: null, d: '' },
    ]),
  ).toEqual({
    unmapped: ['/kind'],
    custom_fields: [],
  })
})

test('A branch of which nothing is mapped is one path, and places in a list are not told apart', () => {
  const map = mapper(({ rest, tags }) => ({ name: rest?.name, tags: tags?.map((tag) => tag.trim()) }))
  const payload = {
    tags: ['x', 'y'],
    rest: { name: 'N', 'a/b~c': 1 },
    lost: { deep: { one: 1, two: [2] } },
    lines: [{ id: 1 }, { id: 2 }],
  }
  expect(findLeftovers(map, [payload])).toEqual({ unmapped: ['/lines', '/lost', '/rest/a~1b~0c'], custom_fields: [] })
})

test('Objects that are refused, or are nothing of the model, tell nothing', () => {
  const refuse: MapPayload = () => ({ ok: false, reason_code: 'invalid_payload', reason: 'no' })
  expect(findLeftovers(refuse, [{ a: 'A' }])).toEqual({ unmapped: [], custom_fields: [] })
  expect(findLeftovers(() => ({ ok: true, records: [] }), [{ a: 'A' }])).toEqual({ unmapped: [], custom_fields: [] })
  expect(traceObject(refuse, { a: 'A' })).toEqual([])
})

test('A path is traced to all fields that it makes, and one without which there is no record is needed', () => {
  const map: MapPayload = (payload) => {
    const { id, a, b } = payload as { id?: string; a?: string; b?: string }
    if (!id) return { ok: false, reason_code: 'invalid_record', reason: 'source_id: missing' }
    const record = { source_id: id, name: [a, b].join(' '), billing_address: { city: a } }
    return { ok: true, records: [record as unknown as UnifiedRecord] }
  }
  const traces = traceObject(map, { id: '1', a: 'A', b: 'B', c: 'C' })
  expect(traces.map(({ needed, pointer, unified, value }) => [pointer, value, needed, unified])).toEqual([
    ['/id', '1', true, []],
    ['/a', 'A', false, ['/name', '/billing_address/city']],
    ['/b', 'B', false, ['/name']],
  ])
})

test('Several records of one object are told apart by their numbers', () => {
  const map: MapPayload = (payload) => {
    const { tags } = payload as { tags: (string | null)[] }
    return { ok: true, records: tags.map((name) => ({ name }) as UnifiedRecord) }
  }
  expect(traceObject(map, { tags: ['x', 'y'] }).map(({ pointer, unified }) => [pointer, unified])).toEqual([
    ['/tags/0', ['/0/name']],
    ['/tags/1', ['/1/name']],
  ])
})
