import { existsSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const FOLDER = import.meta.dirname
const ENVIRONMENT = join(FOLDER, '.venv')
const PYTHON = join(ENVIRONMENT, 'bin/python')

/** The peers from npm, as package-lock.json has them; they are no dependency of ours. */
export async function installNpmPeers(say: (line: string) => void): Promise<void> {
  if (existsSync(join(FOLDER, 'node_modules'))) return
  say('Installing the peers from npm (once)')
  await run('npm', ['ci'], { cwd: FOLDER })
}

/** A Python that has dlt; undefined, with the reason said, where this machine cannot make one. */
export async function installDlt(say: (line: string) => void): Promise<string | undefined> {
  if (existsSync(join(ENVIRONMENT, 'bin/dlt'))) return PYTHON
  say('Installing dlt from PyPI (once)')
  try {
    await run('python3', ['-m', 'venv', ENVIRONMENT])
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', join(FOLDER, 'requirements.txt')])
    return PYTHON
  } catch (error) {
    say(`dlt is left out: ${(error as Error).message.split('\n')[0]}`)
    return undefined
  }
}
