import { spawnTied, spawnTypeScript, type TiedOptions, type TiedProcess } from '../../stack/tied-process.ts'

/** A process of the bench's own, which says by lines of its output how far it is. */
export type Watched = TiedProcess & {
  /** Waits for a line that begins so, and gives what follows. Throws with its last lines if it ends before, or is too slow. */
  line(prefix: string, withinMs: number): Promise<string>
}

export const watchTypeScript = (file: string, options: Partial<TiedOptions>): Watched =>
  watch((onLine) => spawnTypeScript(file, { ...options, onLine }))

export const watchProgram = (options: TiedOptions): Watched => watch((onLine) => spawnTied({ ...options, onLine }))

function watch(spawn: (onLine: (line: string) => void) => TiedProcess): Watched {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const child = spawn((line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  const line = (prefix: string, withinMs: number) =>
    new Promise<string>((resolve, reject) => {
      const fail = (how: string) =>
        end(() => reject(new Error([`${how} before "${prefix}"`, ...child.lastLines()].join('\n  '))))
      const timer = setTimeout(() => fail(`nothing came within ${withinMs / 1000} s`), withinMs)
      const look = () => {
        const found = lines.find((text) => text.startsWith(prefix))
        if (found !== undefined) end(() => resolve(found.slice(prefix.length)))
      }
      const end = (settle: () => void) => {
        clearTimeout(timer)
        waiting.delete(look)
        settle()
      }
      waiting.add(look)
      void child.exited.then((how) => fail(`it ended (${how})`))
      look()
    })
  return { ...child, line }
}
