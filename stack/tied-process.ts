import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

export type TiedOptions = {
  command: string
  args: string[]
  cwd?: string
  /** The whole environment of the process; ours when left out. */
  env?: Record<string, string | undefined>
  /** Whom to run as; only root can choose. */
  user?: { uid: number; gid: number }
  /** What the process and its children are sent, 1.5 s apart, once their parent is gone. */
  whenOrphaned?: NodeJS.Signals[]
  onLine?: (line: string) => void
}

export type TiedProcess = {
  pid: number
  /** Settles when the process has gone, with the way it went: "exit code 1", "SIGKILL". Never rejects. */
  exited: Promise<string>
  /** The last 20 lines that it wrote to stdout or stderr. */
  lastLines: () => string[]
  kill: (signal: NodeJS.Signals) => void
  /** Sends `signal`, and SIGKILL to it and its children after `graceMs` milliseconds. */
  stop: (signal?: NodeJS.Signals, graceMs?: number) => Promise<void>
}

/**
 * Starts a program that dies with this process, whatever ends it: an exit, a crash, SIGKILL.
 * It has a process group of its own, so that Ctrl-C reaches only us and we stop our children in order.
 */
export function spawnTied(options: TiedOptions): TiedProcess {
  const child = spawn('/bin/sh', shellArguments(options), {
    cwd: options.cwd,
    env: options.env,
    ...options.user,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  readLines(child, (line) => {
    if (line.trim()) lines.push(line)
    if (lines.length > 20) lines.shift()
    options.onLine?.(line)
  })
  const exited = exitOf(child)
  return {
    pid: child.pid ?? 0,
    exited,
    lastLines: () => [...lines],
    kill: (signal) => void child.kill(signal),
    stop: (signal = 'SIGTERM', graceMs = 4000) => stop(child, exited, signal, graceMs),
  }
}

/** Starts a TypeScript file in a Node process of its own (one process, no launcher between), tied to this one. */
export function spawnTypeScript(file: string, options: Partial<TiedOptions> = {}): TiedProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return spawnTied({ ...options, command: process.execPath, args: ['--import', tsx, file, ...(options.args ?? [])] })
}

/**
 * The shell leaves a watcher behind and becomes the program, so its pid, signals and exit are the program's own.
 * The watcher holds the read end of a pipe that only we can write to: its end is our end. It belongs to the program's
 * group and ignores what it sends there; it is not the program's child, since Postgres takes the death of any for a crash.
 */
const holder = `
signals=$1; shift
( ( trap '' HUP INT QUIT TERM
    while read -r _; do :; done
    for signal in $signals; do
      kill -s "$signal" -- "-$$" || exit
      step=0
      while [ $step -lt 15 ] && kill -0 $$; do sleep 0.1; step=$((step + 1)); done
    done
    kill -s KILL -- "-$$" ) <&3 >/dev/null 2>&1 3<&- & )
exec "$@" 3<&-`

function shellArguments({ command, args, whenOrphaned = ['SIGTERM'] }: TiedOptions): string[] {
  const signals = whenOrphaned.map((signal) => signal.replace('SIG', '')).join(' ')
  return ['-c', holder, 'tied-process', signals, command, ...args]
}

function readLines(child: ChildProcess, take: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', take)
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('exit', (code, signal) => {
      killGroup(child.pid)
      // A grandchild that left the group may hold the output open: do not wait for it.
      setTimeout(resolve, 500, signal ?? `exit code ${code}`).unref()
    })
  })
}

async function stop(child: ChildProcess, exited: Promise<string>, signal: NodeJS.Signals, graceMs: number) {
  child.kill(signal)
  const patience = new AbortController()
  const tooLate = sleep(graceMs, undefined, { signal: patience.signal }).then(
    () => killGroup(child.pid),
    () => undefined,
  )
  await exited
  patience.abort()
  await tooLate
}

/** The program, what it started, and the watcher. The group's number stays taken for as long as the watcher lives. */
function killGroup(pid: number | undefined): void {
  if (!pid) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
