import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the demo keeps between two starts, in files that only their owner can read. */
export type Keep = {
  /** A text that is made once. */
  once(name: string, make: () => Promise<string>): Promise<string>
}

export async function openKeep(dir: string): Promise<Keep> {
  await mkdir(dir, { recursive: true })
  return {
    async once(name, make) {
      const file = join(dir, name)
      const kept = await readFile(file, 'utf8').catch(() => undefined)
      if (kept) return kept.trim()
      const made = await make()
      await writeFile(file, `${made}\n`, { mode: 0o600 })
      return made
    },
  }
}

/** The demo makes its own key; everywhere else INTEGRATION_ENCRYPTION_KEY has to be given. */
export const makeEncryptionKey = async (): Promise<string> => `demo:${randomBytes(32).toString('base64')}`
