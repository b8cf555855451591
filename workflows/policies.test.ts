import { expect, test } from 'vitest'
import { isLong } from '../db/passes.ts'
import { scans } from '../db/schema/index.ts'
import { TASK_QUEUES } from '../temporal/names.ts'
import { PULL_QUEUE } from './policies.ts'
import { isLong as isLongHere } from './run-pass.ts'

test('workflows, which may import types only, read from the queue that the pull workers serve', () => {
  expect(PULL_QUEUE).toBe(TASK_QUEUES.pull)
})

test('workflows take the same passes for long ones as the database does', () => {
  for (const scan of scans) expect(isLongHere({ scan } as Parameters<typeof isLongHere>[0])).toBe(isLong(scan))
})
