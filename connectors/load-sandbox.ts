import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SandboxFactory } from '@tributary/sdk/sandbox'
import type { Entry } from './registry.ts'

/** The fake provider in a connector's folder, which a package ships as JavaScript. Throws where there is none. */
export async function loadSandbox({ dir, manifest }: Entry): Promise<SandboxFactory> {
  const file = ['sandbox.ts', 'sandbox.js', 'sandbox.mjs'].map((name) => join(dir, name)).find(existsSync)
  if (!file) throw new Error(`${manifest.type}: there is no sandbox in ${dir}; add sandbox.ts, or use a real account`)
  const { default: factory } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    default: SandboxFactory
  }
  return factory
}
