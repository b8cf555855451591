import { expect } from 'vitest'
import type { Account } from '@tributary/sdk'
import { models } from '@tributary/sdk/models'
import type { Sandbox } from '@tributary/sdk/sandbox'
import { mapRecords } from '../engine/map-records.ts'
import type { TestDeployment } from './test-deployment.ts'

type Row = Record<string, unknown>

/** Every row of a list of the API, page after page. */
export async function readAll(deployment: TestDeployment, path: string, key?: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const url: string = `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor && `&cursor=${cursor}`}`
    const { body, status, text } = await deployment.api.call('GET', url, key ? { key } : {})
    if (status !== 200) throw new Error(`${url}: ${status} ${text}`)
    rows.push(...body.data)
    cursor = body.page.next_cursor
  }
  return rows
}

/**
 * Compares all that the API says of a connection with what its sandbox says: each entity's payload, and each record with what
 * the connector's map makes of the true object; nothing missing, nothing doubled, nothing invented.
 */
export async function expectTruth(
  deployment: TestDeployment,
  connection_id: string,
  sandbox: Sandbox,
  only?: string[],
): Promise<void> {
  const entry = deployment.api.deps.registry.getConnector('stripe')
  const account: Account = sandbox.account
  for (const resource of entry.manifest.resources) {
    if (only && !only.includes(resource.name)) continue
    const truth = new Map((await sandbox.truth(resource.name)).map((object) => [(object as { id: string }).id, object]))
    const query = `connection_id=${connection_id}`
    const entities = await readAll(deployment, `/v1/entities?${query}&resource=${resource.name}&deleted=false`)
    expect(new Set(entities.map((row) => row.external_id)), resource.name).toEqual(new Set(truth.keys()))
    expect(entities.length, resource.name).toBe(truth.size)
    for (const row of entities) expect(row.raw_payload).toEqual(truth.get(row.external_id as string))
    if (resource.model) await expectRecords()

    async function expectRecords() {
      const { table } = models[resource.model!]
      const rows = (await readAll(deployment, `/v1/${table}?${query}`)).filter((row) =>
        truth.has(row.source_id as string),
      )
      expect(rows.length, table).toBe(truth.size)
      for (const row of rows) {
        const id = row.source_id as string
        const mapped = mapRecords(entry, account, resource, { id, payload: truth.get(id)! })
        if (!mapped.ok) throw new Error(`the truth cannot be mapped: ${mapped.reason}`)
        const { model: _, ...record } = mapped.records[0]!
        expect(row).toMatchObject(comparable(record, row))
      }
    }
  }
}

/** Times are compared as times and decimals as numbers: 12.50 and 12.5 are one amount. Overdue is computed when it is read. */
function comparable(record: Row, row: Row): Row {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const shown = row[name]
      const sameTime = isTime(value) && isTime(shown) && Date.parse(value) === Date.parse(shown)
      const sameText = typeof value === 'string' && /[\u0000\ud800-\udfff]/.test(value)
      const overdue = name === 'status' && value === 'pending' && shown === 'overdue'
      return [name, sameTime || overdue || sameText ? shown : storable(value)]
    }),
  )
}

const isTime = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)

/** As Postgres holds it: NUL and lone surrogates are replaced. */
const storable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null).replace(/\\u0000|\\ud[89a-f]../g, '\ufffd'))
