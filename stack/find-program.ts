import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The full path of a program in the folders of `path`, as a shell would find it; throws when there is none. */
export function findProgram(name: string, path: string): string {
  const folders = path.split(delimiter).filter(Boolean)
  const found = folders.map((folder) => join(folder, name)).find(isProgram)
  if (!found) throw new Error(`there is no \`${name}\` in ${folders.length === 1 ? folders[0] : 'the folders of PATH'}`)
  return found
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
