/** Why an object is refused is shown to people who may not see the object. */
import type { Change, Resource } from '@tributary/sdk'
import { expect, test } from 'vitest'
import { mapRecords } from '../engine/map-records.ts'
import { readPages, toWhole, type Bench } from './contract-bench.ts'

const CANARY = 'a-canary-of-7315'

export function testRefusals(bench: Bench, resource: Resource) {
  test('is refused with a reason that shows nothing of it, whichever of its values is spoilt', async () => {
    const account = await bench.open().testConnection()
    const [page] = await readPages(bench, resource, resource.pageSize)
    const [{ id, payload }] = (await toWhole(bench, resource, page!.items)) as [Required<Change>]
    const mapped = spoilt(payload, [CANARY, { x: CANARY }, [CANARY]]).map((bad) =>
      mapRecords(bench.entry, account, resource, { id, payload: bad }),
    )
    const reasons = mapped.flatMap((result) => (result.ok ? [] : [result.reason]))
    expect(reasons.length).toBeGreaterThan(0)
    expect(reasons.filter((reason) => reason.includes(CANARY))).toEqual([])
  })
}

/** A payload again and again, each time with another of its values replaced. */
function spoilt(payload: object, by: unknown[]): object[] {
  let seen = 0
  const replace = (place: number, value: unknown) => {
    seen = 0
    const visit = (_key: string, held: unknown) => (isScalar(held) && seen++ === place ? value : held)
    return JSON.parse(JSON.stringify(payload), visit) as object
  }
  replace(-1, undefined)
  return Array.from({ length: seen }, (_, place) => by.map((value) => replace(place, value))).flat()
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null
