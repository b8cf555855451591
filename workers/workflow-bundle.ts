import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker'

const { resolve } = createRequire(import.meta.url)
const FOLDER = join(import.meta.dirname, '../workflows')

/**
 * The workflows as the one script that Temporal's sandbox runs. With `cacheDir` it is made once for each state of the sources:
 * webpack takes seconds, which a restart need not.
 */
export async function workflowBundle(cacheDir?: string): Promise<WorkflowBundleOption> {
  const options = { workflowsPath: join(FOLDER, 'index.ts'), logger: silent }
  if (!cacheDir) return bundleWorkflowCode(options)
  const codePath = join(cacheDir, `workflows-${await fingerprint()}.js`)
  try {
    await readFile(codePath)
  } catch {
    const { code } = await bundleWorkflowCode(options)
    await mkdir(cacheDir, { recursive: true })
    await writeFile(`${codePath}.${process.pid}`, code)
    await rename(`${codePath}.${process.pid}`, codePath)
  }
  return { codePath }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(resolve('@temporalio/workflow/package.json')))
  for (const name of (await readdir(FOLDER)).filter((file) => /^[^.]+\.ts$/.test(file)).sort())
    hash.update(await readFile(join(FOLDER, name), 'utf8'))
  return hash.digest('hex').slice(0, 16)
}

const nothing = () => {}
/** webpack's account of its modules is no news to an operator; its errors are thrown. */
const silent = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }
