/** `npm start`: everything on this machine, real data in unified tables, and what to look at next. */
import { resolve } from 'node:path'
import { launcherConfig } from '../config.ts'
import { createOrg } from '../db/orgs.ts'
import { createApiClient, untilReady } from './demo/api-client.ts'
import { makeEncryptionKey, openKeep } from './demo/keep.ts'
import { lockData } from './demo/lock.ts'
import { readOptions, USAGE } from './demo/options.ts'
import { syncAll } from './demo/progress.ts'
import { connectAll, startSandboxes } from './demo/sandboxes.ts'
import { startServers, startServices } from './demo/servers.ts'
import { createStopper, type Stopper } from './demo/stopper.ts'
import { showLinks, showReports, showTables } from './demo/summary.ts'
import { onLauncherGone } from './watch-launchers.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)
const stopper = createStopper()
let ending = false

async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  await stopper.stopAll()
  process.exit(code)
}

function fail(reason: string): void {
  if (!ending) process.stderr.write(`\n${reason}\n`)
  void end(1)
}

/** Starts all, syncs once, and shows it; gives whether every sync succeeded. */
async function run(stop: Stopper): Promise<boolean> {
  const dir = resolve(launcherConfig().TRIBUTARY_DATA_DIR)
  const keep = await openKeep(dir)
  stop.add(await lockData(dir))
  const encryptionKey = await keep.once('encryption.key', makeEncryptionKey)
  const servers = await startServers(dir, stop, say)
  const { apiUrl } = await startServices({ dir, servers, encryptionKey, onDeath: fail }, stop)
  const sandboxes = await startSandboxes(servers.adminUrl, stop)
  const apiKey = await keep.once('api.key', async () => (await createOrg(servers.adminUrl, { name: 'Demo' })).api_key)
  await untilReady(apiUrl)
  say(`API: ready at ${apiUrl}`)
  const api = createApiClient(apiUrl, apiKey)
  const connections = await connectAll(api, sandboxes)
  const results = await syncAll(api, connections)
  showReports(results, say)
  await showTables(servers.adminUrl, say)
  showLinks({ apiUrl, apiKey, temporalUi: servers.temporalUi }, say)
  return results.every(({ report }) => report.status === 'succeeded')
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0))
  onLauncherGone(() => void end(1))
  const succeeded = await run(stopper)
  if (options.once) await end(succeeded ? 0 : 1)
  if (!ending) say(`\nIt keeps running; Ctrl-C stops it. Data are kept in ${launcherConfig().TRIBUTARY_DATA_DIR}/`)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
