import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type ProcessEntry = { pid: number; parent: number; argv: string[]; ended: boolean }

/**
 * What the system knows of a process, or undefined when there is none. A process that was killed but that its parent
 * has not collected yet (a zombie) is `ended`, though signal 0 still finds it.
 */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return process.platform === 'linux' ? readFromProc(pid) : readFromPs(pid)
  } catch {
    return undefined
  }
}

export function isRunning(pid: number): boolean {
  return readProcess(pid)?.ended === false
}

function readFromProc(pid: number): ProcessEntry {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // "42 (a name) with) parens) S 1 …": only the last parenthesis ends the name.
  const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  return { pid, parent: Number(parent), argv, ended: 'ZX'.includes(state) }
}

function readFromPs(pid: number): ProcessEntry {
  const row = execFileSync('ps', ['-o', 'ppid=,stat=,command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
  const [parent, state = '', ...argv] = row.trim().split(/\s+/)
  return { pid, parent: Number(parent), argv, ended: state.startsWith('Z') }
}
