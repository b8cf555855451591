import { existsSync, readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import type { TributaryConfig } from './define-config.ts'
import { readJson } from './read-json.ts'

/** Where a connector lies: `dir` holds its manifest.json and schemas/, `entry` is its code, `from` is how messages call it. */
export type Folder = { dir: string; entry: string; from: string; own: boolean }

/**
 * The folders of the enabled connectors: our own (each in a folder named as its type), then the external ones.
 * Throws, saying what to change in tributary.config.ts, for one that is not there.
 */
export function findFolders(ownRoot: string, base: string, { connectors }: TributaryConfig): Folder[] {
  const external = (connectors.external ?? []).map((named) => findExternal(named, base))
  return [...findOwn(ownRoot, connectors.enabled), ...external]
}

function findOwn(root: string, enabled: string[] | undefined): Folder[] {
  const names = readdirSync(root).filter((name) => existsSync(join(root, name, 'manifest.json')))
  const missing = enabled?.find((type) => !names.includes(type))
  if (missing) {
    const known = names.toSorted().join(', ')
    throw new Error(`tributary.config.ts: connectors.enabled names "${missing}"; there are ${known || 'none'}`)
  }
  return names
    .toSorted()
    .filter((name) => !enabled || enabled.includes(name))
    .map((name) => toFolder(join(root, name), `connectors/${name}`, true))
}

function findExternal(named: string, base: string): Folder {
  const isPath = named.startsWith('.') || isAbsolute(named)
  const dir = isPath ? resolve(base, named) : findPackage(named, base)
  if (dir && existsSync(join(dir, 'manifest.json'))) return toFolder(dir, named, false)
  const reason = dir
    ? `has no manifest.json in ${dir}`
    : 'is no installed package; run npm install, or begin a folder with ./'
  throw new Error(`tributary.config.ts: connectors.external: "${named}" ${reason}`)
}

/** Looks where Node looks, but for the folder: a package need not export its manifest. */
function findPackage(name: string, from: string): string | undefined {
  const dir = join(from, 'node_modules', name)
  if (existsSync(join(dir, 'package.json'))) return dir
  return dirname(from) === from ? undefined : findPackage(name, dirname(from))
}

function toFolder(dir: string, from: string, own: boolean): Folder {
  const candidates = [...packageEntries(dir), 'index.ts', 'index.js', 'index.mjs'].map((file) => join(dir, file))
  const entry = candidates.find((file) => existsSync(file))
  if (entry) return { dir, entry, from, own }
  throw new Error(
    `${from}: it has a manifest.json and no code; add index.ts with a default export of defineConnector({ … })`,
  )
}

/** What a package.json names as its code, in the order of what `import` would take. */
function packageEntries(dir: string): string[] {
  const file = join(dir, 'package.json')
  if (!existsSync(file)) return []
  const { exports, main } = packageSchema.parse(readJson(file, file))
  return [entryOf(exports), main].filter((entry) => entry !== undefined)
}

const packageSchema = z.looseObject({ exports: z.unknown(), main: z.string().optional() })

function entryOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target
  if (typeof target !== 'object' || target === null) return undefined
  const conditions: Record<string, unknown> = { ...target }
  return ['.', 'import', 'node', 'default'].map((key) => entryOf(conditions[key])).find((entry) => entry !== undefined)
}
