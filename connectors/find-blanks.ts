import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Every line of a connector's manifest and TypeScript that is marked as still to be filled in, like `index.ts:12 // TODO: …`. */
export async function findBlanks(dir: string): Promise<string[]> {
  const files = (await readdir(dir, { recursive: true })).filter((file) => IS_OWN.test(file))
  const blanks = await Promise.all(files.toSorted().map((file) => blanksOf(dir, file)))
  return blanks.flat()
}

/** What a package ships as JavaScript may be bundled with other people's code. */
const IS_OWN = /^(?!.*node_modules).*(\.ts|^manifest\.json)$/

async function blanksOf(dir: string, file: string): Promise<string[]> {
  const lines = (await readFile(join(dir, file), 'utf8')).split('\n')
  return lines.flatMap((line, index) => (/\bTODO\b/.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
}
