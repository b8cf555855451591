/** Profiles each resource of the sandbox (see profile.ts), and prints a line of JSON for it. */
import { loadRegistry } from '../../connectors/registry.ts'
import { createClient } from '../../db/client.ts'
import { openSandbox, readLoads, type ApplyTask } from './loads.ts'
import { profile } from './profile.ts'

const task = JSON.parse(process.argv[2] ?? '{}') as ApplyTask
const { db, close } = createClient(task.appUrl, { max: 4, name: 'bench profile' })
const { adapter } = openSandbox(await loadRegistry(), task.sandbox)
for (const load of await readLoads(db, task)) {
  const told = JSON.stringify(await profile(adapter, load))
  process.stdout.write(`bench: profile ${load.target.resource.name} ${told}\n`)
}
await close()
process.exit(0)
