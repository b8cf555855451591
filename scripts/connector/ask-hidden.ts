import { createInterface } from 'node:readline/promises'
import { Writable, type Readable } from 'node:stream'

/** Where a person is asked: what is typed comes from `input`, the question goes to `output`. */
export type Terminal = { input: Readable; output: Writable }

/** Asks for a line without showing what is typed. Throws where the person breaks off (Ctrl-C, Ctrl-D) or says nothing. */
export async function askHidden(question: string, { input, output }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  // As a terminal, readline itself echoes what is typed, and so to nowhere.
  const lines = createInterface({ input, output: nowhere, terminal: true })
  const broken = new AbortController()
  lines.once('SIGINT', () => broken.abort()).once('close', () => broken.abort())
  output.write(question)
  try {
    const answer = await lines.question('', { signal: broken.signal })
    if (answer.trim()) return answer.trim()
  } catch {
    // The reason is our own signal.
  } finally {
    lines.close()
    output.write('\n')
  }
  throw new Error('Nothing was given, so nothing was read.')
}
