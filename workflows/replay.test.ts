import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { inject, expect, test } from 'vitest'
import { workflowBundle } from '../workers/workflow-bundle.ts'
import * as workflows from './index.ts'

const FOLDER = join(import.meta.dirname, 'histories')

/** Recorded by `npm run histories:record` from a server that `npm start` runs. */
const readHistories = async () =>
  Promise.all(
    (await readdir(FOLDER)).map(async (file) => ({
      workflowId: file.replace('.json', ''),
      history: historyFromJSON(JSON.parse(await readFile(join(FOLDER, file), 'utf8'))),
    })),
  )

test('there is a recorded history of every workflow', async () => {
  const recorded = new Set((await readHistories()).map(({ workflowId }) => workflowId.split('.')[0]))
  expect(recorded).toEqual(new Set(Object.keys(workflows)))
})

test('every recorded history is replayed by the workflows of today', async () => {
  const results = Worker.runReplayHistories(
    { workflowBundle: await workflowBundle(inject('bundleDir')) },
    await readHistories(),
  )
  for await (const { workflowId, error } of results) expect(error, workflowId).toBeUndefined()
})

test('a history that the workflows of today would not make is noticed', async () => {
  const histories = await readHistories()
  const { history } = histories.find(({ workflowId }) => workflowId === 'backfillResource')!
  for (const event of history.events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes
    if (scheduled?.activityType) scheduled.activityType.name = 'anotherActivity'
  }
  const results = Worker.runReplayHistories({ workflowBundle: await workflowBundle(inject('bundleDir')) }, [
    { workflowId: 'changed', history },
  ])
  for await (const { error } of results) expect(error?.name).toBe('DeterminismViolationError')
})
