import { createTurns, type Asker } from './turns.ts'

/** Those who wait in front of a limit. */
export type Line<Pass> = {
  readonly length: number
  /** Waits to be admitted. Rejects with the signal's reason as soon as it is aborted. */
  join(asker: Asker, signal: AbortSignal): Promise<Pass>
  /** Lets the one go whose turn it is. */
  admit(pass: Pass): void
  /** Sends all away, each with an error of its own; `place` counts from 0. */
  dismiss(errorOf: (place: number) => unknown): void
}

type Waiting<Pass> = { resolve(pass: Pass): void; reject(error: unknown): void }

export function createLine<Pass>(): Line<Pass> {
  const turns = createTurns<Waiting<Pass>>()
  let length = 0
  const leave = () => {
    const waiting = turns.next()
    if (waiting) length--
    return waiting
  }
  return {
    get length() {
      return length
    },
    join(asker, signal) {
      return new Promise<Pass>((resolve, reject) => {
        const stop = () => {
          turns.remove(waiting)
          length--
          reject(signal.reason)
        }
        const free = () => signal.removeEventListener('abort', stop)
        const waiting: Waiting<Pass> = {
          resolve: (pass) => (free(), resolve(pass)),
          reject: (error) => (free(), reject(error)),
        }
        if (signal.aborted) return reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        turns.add(asker, waiting)
        length++
      })
    },
    admit: (pass) => leave()?.resolve(pass),
    dismiss(errorOf) {
      for (let place = 0, waiting = leave(); waiting; waiting = leave()) waiting.reject(errorOf(place++))
    },
  }
}
