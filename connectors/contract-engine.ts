/** How a connector fares in the engine's hands: its pages may come twice and in any order, and a pass may stop behind any of them. */
import type { Adapter, Json, Resource } from '@tributary/sdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Position } from '../engine/position.ts'
import type { ReadBatch } from '../engine/reader.ts'
import { readPages, rehearse, toReadSource, type Table } from '../engine/rehearse.ts'
import type { Bench } from './contract-bench.ts'

export function testInEngine(bench: Bench, resource: Resource) {
  const { name } = resource

  test('gives the same rows, whichever page comes twice or before another', async () => {
    const once = await readInParts(bench, resource, 3)
    const rows = rowsOf(tableOf(once))
    const pages = [...once, ...(await readInParts(bench, resource, 5))]
    const orders = fc.shuffledSubarray([...pages, ...pages], { minLength: 2 * pages.length })
    fc.assert(
      fc.property(orders, (order) => {
        const table: Table = new Map()
        const verdicts = order.flatMap(({ items }) => rehearse(table, items))
        expect(rowsOf(table)).toEqual(rows)
        expect(verdicts.filter(({ action }) => action === 'write')).toHaveLength(rows.length)
        expect(verdicts.filter(({ dirty }) => dirty)).toEqual([])
      }),
    )
  })

  test('is gone on with behind any page, by another adapter, and gives the same rows', async () => {
    const pages = await readInParts(bench, resource, 5)
    for (const [index, { position }] of pages.entries()) {
      const table = tableOf(pages.slice(0, index + 1))
      // As the database gives it back.
      const stored = JSON.parse(JSON.stringify(position)) as Position
      for (const { items } of await readInParts(bench, resource, 5, { from: stored })) rehearse(table, items)
      expect(rowsOf(table)).toEqual(rowsOf(tableOf(pages)))
    }
  })

  test.each([
    ['to itself', 1],
    ['to the page before', 2],
  ])('ends with an error where a page leads %s', async (_where, length) => {
    const pages = await readInParts(bench, resource, 5)
    const circle = pages.slice(0, length).map(({ position }) => position.ranges[0]?.after)
    await expect(readInParts(bench, resource, 5, { adapter: circling(bench.open(), circle) })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`the list of ${name} leads back to a page that was read already`),
    })
  })
}

type Given = { from?: Position; adapter?: Adapter }

/** A whole pass in at least so many pages. */
async function readInParts(bench: Bench, resource: Resource, parts: number, given: Given = {}): Promise<ReadBatch[]> {
  const { adapter = bench.open(), from } = given
  const objects = (await bench.sandbox.truth(resource.name)).length
  const paged = { ...resource, pageSize: Math.max(1, Math.floor(objects / parts)) }
  const source = toReadSource({ entry: bench.entry, adapter }, paged, new AbortController().signal)
  const pages: ReadBatch[] = []
  for await (const page of readPages(source, from)) pages.push(page)
  return pages
}

function tableOf(pages: ReadBatch[]): Table {
  const table: Table = new Map()
  for (const { items } of pages) rehearse(table, items)
  return table
}

/** What is stored, apart from when it was learnt. */
const rowsOf = (table: Table) =>
  [...table]
    .map(([id, { archived, deleted, hash }]) => ({ id, archived, deleted, hash }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** The same connector at a source whose pages lead round and round. */
function circling(adapter: Adapter, circle: (Json | undefined)[]): Adapter {
  let asked = 0
  return {
    testConnection: () => adapter.testConnection(),
    async read(request) {
      const next = circle[asked++ % circle.length]
      if (asked > 10) throw new Error('it is read for ever')
      return { ...(await adapter.read!(request)), more: true, next }
    },
    ...('get' in adapter && { get: (resource, ids) => adapter.get!(resource, ids) }),
  }
}
