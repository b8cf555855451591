import { basename } from 'node:path'
import { isRunning, readProcess, type ProcessEntry } from './process-table.ts'

const launcherNames = /^(npm|npx|pnpm|yarn|tsx|npm-cli\.js|npx-cli\.js|pnpm\.cjs|yarn\.js)$/
const shellNames = /^(sh|bash|dash|zsh)$/

/**
 * Calls back once when npm or tsx, or a shell between them, that started this process has gone. Killed with SIGKILL
 * they cannot pass anything on, and this process would live on unseen. Returns a function that ends the watch.
 */
export function onLauncherGone(callback: () => void, everyMs = 500): () => void {
  const launchers = findLaunchers(process.ppid)
  const timer = setInterval(() => {
    if (launchers.every(isRunning)) return
    clearInterval(timer)
    callback()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** The pids from `parent` upwards to the last npm or tsx; none when somebody else started us, say the user's shell. */
function findLaunchers(parent: number): number[] {
  const chain: ProcessEntry[] = []
  for (let entry = readProcess(parent); entry && isGoBetween(entry); entry = readProcess(entry.parent)) {
    chain.push(entry)
  }
  return chain.slice(0, chain.findLastIndex(isLauncher) + 1).map((entry) => entry.pid)
}

function isGoBetween(entry: ProcessEntry): boolean {
  return isLauncher(entry) || (shellNames.test(basename(entry.argv[0] ?? '')) && entry.argv[1] === '-c')
}

function isLauncher({ argv: [program = '', script = ''] }: ProcessEntry): boolean {
  // npm replaces its whole command line by one title: "npm start". A script's folder may have a space in its name.
  const [title = ''] = program.split(' ')
  return [title, program, script].some((word) => launcherNames.test(basename(word)))
}
