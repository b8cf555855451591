import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type SystemUser = { uid: number; gid: number }

/**
 * Whom Postgres runs as when we are root, since it refuses uid 0: `postgres` where there is one, else `nobody`.
 * Undefined for an ordinary user, who runs it as himself.
 */
export function findPostgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const row = ['postgres', '_postgres', 'nobody'].map((name) => users.find((user) => user[0] === name)).find(Boolean)
  if (!row) throw new Error('Postgres refuses to run as root, and there is no user "postgres" or "nobody": create one')
  return { uid: Number(row[2]), gid: Number(row[3]) }
}

/** Asks the system, as that user, rather than reckon with modes, groups and access lists. */
export function mayUse(user: SystemUser | undefined, permission: 'r' | 'w' | 'x', path: string): boolean {
  const outcome = spawnSync('/bin/sh', ['-c', 'test "$1" "$2"', 'sh', `-${permission}`, path], { ...user, cwd: '/' })
  return outcome.status === 0
}
