/** What processes have used, from /proc: this machine's own account, the same for every contender. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths, whatever the processor. */
const TICKS_PER_SECOND = 100

/** CPU seconds of a process and of all that it started, those that have ended and were waited for included. */
export function cpuSeconds(pid: number): number {
  const parents = readParents()
  return treeOf(pid, parents).reduce((sum, member) => sum + ticksOf(member), 0) / TICKS_PER_SECOND
}

/** The most memory that a process has held, in MB. */
export function peakMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(read(pid, 'status'))?.[1] ?? 0
  return Number(kilobytes) / 1024
}

function treeOf(root: number, parents: Map<number, number>): number[] {
  const members = new Set([root])
  for (let size = 0; size < members.size;) {
    size = members.size
    for (const [pid, parent] of parents) if (members.has(parent)) members.add(pid)
  }
  return [...members]
}

function readParents(): Map<number, number> {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return new Map(pids.map((pid) => [pid, Number(statOf(pid)[1])]))
}

/** utime, stime, and both of the children that have ended. */
function ticksOf(pid: number): number {
  return statOf(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0)
}

/** The fields from the state on: the name before it may hold spaces and parentheses. */
function statOf(pid: number): string[] {
  const stat = read(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Empty for a process that has just ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
