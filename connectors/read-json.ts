import { readFileSync } from 'node:fs'

/** A JSON file's content. Throws with the file and what to do, `called` so in the message. */
export function readJson(file: string, called: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new Error(`${called}: ${missing ? 'is not there; add it' : 'is no JSON; correct it'}`, { cause: error })
  }
}
