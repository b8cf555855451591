import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { ApiClient, Report, ResourceReport } from './api-client.ts'
import type { DemoConnection } from './sandboxes.ts'

export type SyncResult = { connection: DemoConnection; report: Report }

const FORMAT = '  {name} {bar} {value} objects  {pages} pages  {rate}/s  {state}'

/** Asks each connection for a sync and shows a live bar a resource until all have ended. */
export async function syncAll(api: ApiClient, connections: DemoConnection[]): Promise<SyncResult[]> {
  const bars = new MultiBar(
    { format: FORMAT, hideCursor: true, barsize: 24, noTTYOutput: false, clearOnComplete: false, fps: 8 },
    Presets.shades_classic,
  )
  const show = createBars(bars)
  try {
    return await Promise.all(connections.map((connection) => syncOne(api, connection, show)))
  } finally {
    bars.stop()
  }
}

async function syncOne(
  api: ApiClient,
  connection: DemoConnection,
  show: (connector: string, report: ResourceReport) => void,
): Promise<SyncResult> {
  const { id } = await api.call('POST', `/v1/connections/${connection.id}/syncs`, { mode: 'full' })
  let last: Report | undefined
  for await (const report of api.follow(id)) {
    last = report
    for (const resource of report.resources) show(connection.connector, resource)
  }
  return { connection, report: last! }
}

function createBars(bars: MultiBar) {
  const shown = new Map<string, SingleBar>()
  return (connector: string, report: ResourceReport): void => {
    const name = `${connector} ${report.resource}`
    // Content that is the same as last time is not read again: all of it is unchanged.
    const objects = Math.max(report.fetched, report.unchanged)
    const known = Math.max(report.total ?? 1, objects)
    const bar = shown.get(name) ?? bars.create(known, 0, payloadOf(name, report))
    shown.set(name, bar)
    bar.setTotal(known)
    bar.update(objects, payloadOf(name, report))
  }
}

function payloadOf(name: string, report: ResourceReport) {
  const seconds = Math.max(0.1, (endOf(report) - Date.parse(report.started_at)) / 1000)
  return {
    name: name.padEnd(36),
    pages: String(report.pages),
    rate: String(Math.round(report.fetched / seconds)),
    state: report.waiting_for ? `waits: ${report.waiting_for}` : report.status,
  }
}

const endOf = (report: ResourceReport) => (report.finished_at ? Date.parse(report.finished_at) : Date.now())
