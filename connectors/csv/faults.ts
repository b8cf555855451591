import { fileError } from './file-error.ts'

export const MOST_FAULTS = 5

/** The first few problems are told together, so that a person need not upload five times to find five. */
export function createFaults() {
  const faults: string[] = []
  const fail = (advice: string) => {
    throw fileError(`${faults.join('; ')}; ${advice}`)
  }
  return {
    add: (line: number, problem: string) => {
      faults.push(`line ${line} ${problem}`)
      if (faults.length === MOST_FAULTS) fail('and perhaps more; correct the file, and upload it again')
    },
    throwIfAny: (advice = 'correct the file, and upload it again') => void (faults.length > 0 && fail(advice)),
  }
}
