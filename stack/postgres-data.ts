import { createHash } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, chmod, chown, lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { initdbFlags } from './postgres-settings.ts'
import { explain } from './stack-error.ts'
import { findPostgresUser, mayUse, type SystemUser } from './system-user.ts'
import { spawnTied } from './tied-process.ts'
import { makeWorkFolder } from './work-folder.ts'

/** `home` holds `data` and what is in the making; `user` is set when Postgres runs as somebody else than we do. */
export type DataPlace = { home: string; data: string; user?: SystemUser }

/**
 * Decides where the data of `dir` lie: in `dir/data`, or for root below /var/lib/tributary when the user that Postgres
 * then runs as cannot enter `dir` (a clone in /root). `dir/postgres-data-path` names the other folder.
 */
export async function placeData(dir: string): Promise<DataPlace> {
  await makeFolder(dir)
  const other = findPostgresUser()
  if (!other) return { home: dir, data: await ownData(dir) }
  const home = mayUse(await userOf(dir, other), 'x', dir) ? dir : await homeElsewhere(dir)
  return { home, data: join(home, 'data'), user: await userOf(home, other) }
}

/** Runs initdb unless there is a database already. It gets its name when it is whole: a killed initdb leaves none. */
export async function createDatabase(place: DataPlace, binaries: string, say: (line: string) => void): Promise<void> {
  const { home, data, user } = place
  if (isDatabase(data)) return
  const strangers = await readdir(data).catch(() => [])
  if (strangers.length > 0) throw new Error(`Postgres: ${data} is no database but is not empty: move it away`)
  say(`Postgres: making a new database in ${data}`)
  const unfinished = await makeWorkFolder(home, 'initdb')
  if (user) await chown(unfinished, user.uid, user.gid)
  await runInitdb(unfinished, binaries, user)
  await rename(unfinished, data).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true })
    // Another process may have been faster.
    if (!isDatabase(data)) throw error
  })
}

function isDatabase(data: string): boolean {
  return existsSync(join(data, 'PG_VERSION'))
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
    await access(dir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw explain(`Postgres: cannot write to ${dir}`, error)
  }
}

async function ownData(dir: string): Promise<string> {
  const data = join(dir, 'data')
  const owner = await ownerOf(data)
  if (!owner || owner.uid === process.getuid?.()) return data
  throw new Error(`Postgres: ${data} belongs to another user (uid ${owner.uid}): start as that user, or remove it`)
}

async function ownerOf(path: string): Promise<SystemUser | undefined> {
  const found = await lstat(path).catch(() => undefined)
  return found && { uid: found.uid, gid: found.gid }
}

/** Who owns the data already has to run the server; it may have been an ordinary user, before root. */
async function userOf(home: string, other: SystemUser): Promise<SystemUser> {
  const owner = await ownerOf(join(home, 'data'))
  return owner?.uid ? owner : other
}

/** /var/lib and not /var/tmp: there only root could have put a folder of that name, and nothing cleans it up. */
async function homeElsewhere(dir: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 16)
  const home = join('/var/lib/tributary', name)
  await makeFolder(home)
  // Whatever the umask: the user that Postgres runs as has to pass.
  for (const folder of [dirname(home), home]) await chmod(folder, 0o755)
  await writeFile(join(dir, 'postgres-data-path'), `${join(home, 'data')}\n`)
  return home
}

async function runInitdb(dir: string, binaries: string, user?: SystemUser): Promise<void> {
  const initdb = spawnTied({
    command: join(binaries, 'bin/initdb'),
    args: [...initdbFlags, '--pgdata', dir],
    cwd: dir,
    user,
    whenOrphaned: ['SIGKILL'],
  })
  const ended = await initdb.exited
  if (ended === 'exit code 0') return
  await rm(dir, { recursive: true, force: true })
  throw explain(`Postgres: initdb failed (${ended})`, undefined, initdb.lastLines())
}
