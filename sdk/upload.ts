import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Upload } from './connector.ts'

/** Content that is in memory: what a sandbox gives, and what is tried before it is stored. */
export function uploadOf(revision: string, content: Buffer): Upload {
  const derived = new Map<string, Promise<Upload>>()
  return {
    revision,
    open: (fromByte) => Readable.from([content.subarray(fromByte)]),
    derive: (name, make) => {
      const known = derived.get(name) ?? buffer(make()).then((made) => uploadOf(`${revision}/${name}`, made))
      derived.set(name, known)
      return known
    },
  }
}
