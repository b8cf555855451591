import { execFileSync } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { childEnvironment } from '../config.ts'
import { findProgram } from './find-program.ts'
import { spawnTied } from './tied-process.ts'
import { makeWorkFolder } from './work-folder.ts'

/** Its server is 1.29. The tags after it carry a replace directive, which `go install` refuses. */
export const temporalVersion = 'v1.5.1'

export type BuildOptions = { target: string; say: (line: string) => void; path: string }

/** Builds the CLI of Temporal with Go 1.25 or newer. Says every few seconds that it is at it; 2.5 minutes on 2 cores. */
export async function buildTemporal({ target, say, path }: BuildOptions): Promise<void> {
  const go = findGo(path)
  const folder = await makeWorkFolder(dirname(target), 'build')
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const timer = setInterval(() => say(`Temporal: building the CLI with Go, for ${seconds()} s`), 5000)
  try {
    await install(go, folder)
    await rename(join(folder, 'temporal'), target)
  } finally {
    clearInterval(timer)
    await rm(folder, { recursive: true, force: true })
  }
}

function findGo(path: string): string {
  const go = findProgram('go', path)
  const said = execFileSync(go, ['version'], { encoding: 'utf8', cwd: '/' }).trim()
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? []
  const isEnough = Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 25)
  if (!isEnough) throw new Error(`Go 1.25 or newer is needed for the build, and \`go version\` says "${said}"`)
  return go
}

async function install(go: string, folder: string): Promise<void> {
  const build = spawnTied({
    command: go,
    args: ['install', `github.com/temporalio/cli/cmd/temporal@${temporalVersion}`],
    cwd: folder,
    env: childEnvironment({ GOBIN: folder }),
  })
  const how = await build.exited
  if (how !== 'exit code 0') throw new Error(`the build failed (${how}): ${build.lastLines().slice(-3).join(' ')}`)
}
