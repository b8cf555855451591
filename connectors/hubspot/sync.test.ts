import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDeployment, type SyncBody, type TestDeployment } from '../../stack/test-deployment.ts'
import { readAll } from '../../stack/truth.ts'
import hubspotSandbox, { type HubspotSandbox } from './sandbox.ts'

type Truth = { id: string; archived: boolean; archivedAt?: string }
type Row = Record<string, unknown> & { archived_at?: string | null }

let deployment: TestDeployment
let sandbox: HubspotSandbox
let connection_id: string

beforeAll(async () => {
  deployment = await startTestDeployment()
  sandbox = await hubspotSandbox.start({ counts: { contacts: 230, companies: 40, deals: 60 } })
  const { config, credentials } = sandbox
  const body = { connector: 'hubspot', name: 'CRM', app_key: 'crm', config, credentials }
  connection_id = await deployment.connect(body)
})
afterAll(async () => {
  await deployment.close()
  await sandbox.close()
})

const truth = (name: string) => sandbox.truth(name) as Truth[]
const rows = (path: string) =>
  readAll(deployment, `${path}${path.includes('?') ? '&' : '?'}connection_id=${connection_id}`)
const tables = { contact: '/v1/customers', company: '/v1/companies', deal: '/v1/deals' }

/** Every object that HubSpot has, as it is there and with a record, and since when it is archived; nothing else. */
async function expectTruth() {
  for (const [name, table] of Object.entries(tables)) {
    const objects = truth(name)
    const entities = await rows(`/v1/entities?resource=${name}&deleted=false`)
    const held = new Map(entities.map((row) => [row.external_id, row.raw_payload]))
    expect(held, name).toEqual(new Map(objects.map((object) => [object.id, object])))
    expect(archivedIn(entities, 'external_id'), name).toEqual(archivedAt(objects))
    expect(archivedIn(await rows(table), 'source_id'), name).toEqual(archivedAt(objects))
  }
}

const archivedAt = (objects: Truth[]) =>
  toMap(objects.map(({ id, archivedAt: at }) => [id, at ? Date.parse(at) : null]))
const archivedIn = (found: Row[], id: string) =>
  toMap(found.map((row) => [String(row[id]), row.archived_at ? Date.parse(row.archived_at) : null]))
const toMap = (entries: [string, number | null][]) => new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))

test('a full pass brings every object, in use or archived, as entity and as record', async () => {
  const sync = await deployment.sync(connection_id)
  expect(sync).toMatchObject({ status: 'succeeded', error_code: null })
  await expectTruth()
  const [deal] = truth('deal') as (Truth & { associations: Record<string, { toObjectId: number }[]> })[]
  const [row] = (await rows('/v1/deals')).filter(({ source_id }) => source_id === deal!.id)
  const ids = (to: string) => deal!.associations[to]!.map(({ toObjectId }) => String(toObjectId))
  expect(row).toMatchObject({ company_ids: ids('companies'), customer_ids: ids('contacts') })
})

test('a second one finds all of it unchanged', async () => {
  const { resources } = await deployment.sync(connection_id, { mode: 'full' })
  expect(resources.map((report: SyncBody) => report.unchanged - report.fetched)).toEqual([0, 0, 0])
})

test('one after a merge and an archiving ends the merged ones, and keeps what is archived', async () => {
  await deployment.untilQuiet(connection_id)
  const [one, two, three] = truth('contact').filter(({ archived }) => !archived)
  const merged = sandbox.mutate.merge('contact', one!.id, two!.id)
  sandbox.mutate.remove('contact', three!.id)
  const { resources } = await deployment.sync(connection_id, { mode: 'full' })
  const contacts = resources.find((report: SyncBody) => report.resource === 'contact')
  expect(contacts).toMatchObject({ created: 1, archived: 1, deleted: 2 })
  await expectTruth()
  const gone = await rows('/v1/entities?resource=contact&deleted=true')
  expect(gone.map(({ external_id }) => external_id)).toEqual(expect.arrayContaining([one!.id, two!.id]))
  expect(gone.map(({ external_id }) => external_id)).not.toContain(merged.id)
})
