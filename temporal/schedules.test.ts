import { randomUUID } from 'node:crypto'
import { ScheduleNotFoundError } from '@temporalio/client'
import type { TypedSearchAttributes } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDeployment, type TestDeployment } from '../stack/test-deployment.ts'
import { connectTemporal, type Temporal } from './client.ts'
import { scheduleId } from './names.ts'
import { deleteSchedule, pauseSchedule, putSchedule, wakeSync, type ConnectionSchedule } from './schedules.ts'
import { ensureSweeper } from './sweeper.ts'

let deployment: TestDeployment
let temporal: Temporal
beforeAll(async () => {
  deployment = await startTestDeployment({ workers: false })
  temporal = deployment.temporal
})
afterAll(async () => {
  await temporal.close()
  await deployment.close()
})

const newSchedule = (changes: Partial<ConnectionSchedule> = {}): ConnectionSchedule => ({
  org_id: randomUUID(),
  connection_id: randomUUID(),
  connector: 'stripe',
  name: 'Shop',
  schedule_seconds: 3600,
  paused: false,
  ...changes,
})

const describeSchedule = (id: string) => temporal.client.schedule.getHandle(id).describe()
const find = ({ connection_id }: { connection_id: string }) => describeSchedule(scheduleId(connection_id))

test('A schedule runs its connection, one run after another, also what was missed in the last day', async () => {
  const schedule = newSchedule()
  const { org_id, connection_id, connector } = schedule
  await putSchedule(temporal, schedule)
  const { action, policies, state } = await find(schedule)
  expect(action).toMatchObject({
    type: 'startWorkflow',
    workflowType: 'syncConnection',
    workflowId: `sync/${connection_id}`,
    taskQueue: 'tributary-orchestration',
    args: [{ org_id, connection_id }],
    staticSummary: 'Sync Shop (stripe)',
  })
  expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 24 * 60 * 60 * 1000 })
  expect([state.paused, state.note]).toEqual([false, ''])
  expect(attributesOf(action)).toEqual({
    TributaryOrg: org_id,
    TributaryConnection: connection_id,
    TributaryConnector: connector,
  })
})

/** What operators filter its runs by. */
const attributesOf = (action: Awaited<ReturnType<typeof find>>['action']) =>
  Object.fromEntries(
    (action.typedSearchAttributes as TypedSearchAttributes).getAll().map(({ key, value }) => [key.name, value]),
  )

test('Connections of one interval are spread over it, and each keeps its place', async () => {
  const schedules = Array.from({ length: 8 }, () => newSchedule())
  const offsetOf = async (schedule: ConnectionSchedule) => {
    await putSchedule(temporal, schedule)
    const [interval] = (await find(schedule)).spec.intervals!
    expect(interval!.every).toBe(3_600_000)
    return Number(interval!.offset)
  }
  const offsets = await Promise.all(schedules.map(offsetOf))
  for (const offset of offsets) expect(offset).toBeGreaterThanOrEqual(0)
  for (const offset of offsets) expect(offset).toBeLessThan(3_600_000)
  expect(new Set(offsets).size).toBeGreaterThan(4)
  expect(await Promise.all(schedules.map(offsetOf))).toEqual(offsets)
})

test('Put twice it is the same, also by two processes at once', async () => {
  const schedule = newSchedule()
  await Promise.all([putSchedule(temporal, schedule), putSchedule(temporal, schedule)])
  const first = contentOf(await find(schedule))
  await putSchedule(temporal, schedule)
  expect(contentOf(await find(schedule))).toEqual(first)
})

const contentOf = ({ spec, action, policies, state }: Awaited<ReturnType<typeof find>>) => ({
  ...{ spec, policies, state },
  action: { ...action, typedSearchAttributes: attributesOf(action) },
})

test('Another interval and name replace those before', async () => {
  const schedule = newSchedule()
  await putSchedule(temporal, schedule)
  await putSchedule(temporal, { ...schedule, schedule_seconds: 60, name: 'Renamed' })
  const { spec, action } = await find(schedule)
  expect(spec.intervals).toMatchObject([{ every: 60_000 }])
  expect(spec.intervals![0]!.offset).toBeLessThan(60_000)
  expect(action.staticSummary).toBe('Sync Renamed (stripe)')
  await putSchedule(temporal, { ...schedule, schedule_seconds: null })
  const { spec: none, info } = await find(schedule)
  expect([none.intervals ?? [], info.nextActionTimes]).toEqual([[], []])
})

test('A pause has its note, and keeps the interval; both end when the connection goes on', async () => {
  const schedule = newSchedule()
  await putSchedule(temporal, schedule)
  await pauseSchedule(temporal, schedule, 'stripe: the key is not accepted')
  const paused = await find(schedule)
  expect([paused.state.paused, paused.state.note]).toEqual([true, 'stripe: the key is not accepted'])
  expect(paused.spec.intervals).toMatchObject([{ every: 3_600_000 }])
  await putSchedule(temporal, schedule)
  const { state, info } = await find(schedule)
  expect([state.paused, state.note]).toEqual([false, ''])
  expect(info.nextActionTimes.length).toBeGreaterThan(0)
})

test('It is made paused, and brought to a pause, with the note of its connection', async () => {
  const schedule = newSchedule({ paused: true, note: 'The connection is paused' })
  await putSchedule(temporal, schedule)
  expect((await find(schedule)).state).toMatchObject({ paused: true, note: 'The connection is paused' })
  await putSchedule(temporal, { ...schedule, note: 'Another reason' })
  expect((await find(schedule)).state).toMatchObject({ paused: true, note: 'Another reason' })
})

test('What is deleted is gone; to delete or to pause what is not there is no failure', async () => {
  const [schedule, other] = [newSchedule(), newSchedule()]
  await putSchedule(temporal, schedule)
  await putSchedule(temporal, other)
  for (let time = 1; time <= 2; time++) {
    await deleteSchedule(temporal, schedule)
    await pauseSchedule(temporal, schedule, 'gone')
    await expect(find(schedule)).rejects.toThrow(ScheduleNotFoundError)
  }
  expect((await find(other)).state.paused).toBe(false)
})

test('A wake runs a connection now, also where it has no interval or is paused', async () => {
  for (const changes of [{ schedule_seconds: null }, { paused: true }]) {
    const schedule = newSchedule(changes)
    await putSchedule(temporal, schedule)
    await wakeSync(temporal, schedule)
    const { info } = await find(schedule)
    expect(info.numActionsTaken + info.runningActions.length).toBeGreaterThan(0)
  }
  await expect(wakeSync(temporal, newSchedule())).rejects.toThrow(ScheduleNotFoundError)
})

test('Where Temporal is away, nothing is taken for done', async () => {
  const away = connectTemporal({ address: '127.0.0.1:1', namespace: 'default' })
  const schedule = newSchedule()
  const tells = [putSchedule, deleteSchedule, wakeSync, (to: Temporal) => pauseSchedule(to, schedule, 'x')]
  const telling = tells.map((tell) => away.client.withDeadline(Date.now() + 500, () => tell(away, schedule)))
  const outcomes = await Promise.allSettled(telling)
  expect(outcomes.map(({ status }) => status)).toEqual(tells.map(() => 'rejected'))
  await away.close()
})

test('There is one sweeper, whoever ensures it, and it does not overlap itself', async () => {
  await Promise.all([ensureSweeper(temporal), ensureSweeper(temporal), ensureSweeper(temporal, '1 second')])
  const before = await describeSchedule('tributary-sweeper')
  await ensureSweeper(temporal)
  const after = await describeSchedule('tributary-sweeper')
  expect([after.spec, after.action, after.state]).toEqual([before.spec, before.action, before.state])
  expect(after.action).toMatchObject({ workflowType: 'sweep', taskQueue: 'tributary-orchestration' })
  expect(after.policies.overlap).toBe('SKIP')
})
