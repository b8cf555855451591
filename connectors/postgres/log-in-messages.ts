import type { ConnectorError } from '@tributary/sdk'
import { configError } from './errors.ts'

export type Verdict = 'asks for the password' | 'lets us in' | 'says something else' | ConnectorError

/** A message is a letter, the length of what follows with itself in four bytes, and that. What is not whole yet is kept. */
export function splitMessages(): (chunk: Buffer) => Generator<Buffer> {
  let heard: Buffer = Buffer.alloc(0)
  return function* (chunk) {
    heard = Buffer.concat([heard, chunk])
    while (heard.length >= 5 && heard.readUInt32BE(1) < heard.length) {
      const message = heard.subarray(0, heard.readUInt32BE(1) + 1)
      heard = heard.subarray(message.length)
      yield message
    }
  }
}

const AUTHENTICATION = 'R'.charCodeAt(0)

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: the messages named Authentication… */
export function judge(message: Buffer): Verdict {
  if (message[0] !== AUTHENTICATION || message.length < 9) return 'says something else'
  const kind = message.readUInt32BE(5)
  const rest = message.toString('latin1', 9)
  if (kind === 0) return 'lets us in'
  if (kind === 10 && rest.split('\0').includes('SCRAM-SHA-256')) return 'asks for the password'
  if (kind === 11) return judgeEffort(rest)
  if (kind === 12) return 'says something else'
  return configError(...(refusals[kind] ?? OTHER))
}

/** The server says how often the password is hashed; all else in this process waits meanwhile. */
function judgeEffort(challenge: string): Verdict {
  const iterations = Number(/(?:^|,)i=(\d+)$/.exec(challenge)?.[1])
  if (iterations <= MAX_ITERATIONS) return 'says something else'
  return configError('the server wants the password hashed too often', 'set scram_iterations = 4096 there')
}

const MAX_ITERATIONS = 1_000_000
const SCRAM = "set scram-sha-256 as this user's method in its pg_hba.conf"
const RENEW = "set password_encryption = 'scram-sha-256' there, give the user its password anew"
type Refusal = [problem: string, advice: string]
const refusals: Record<number, Refusal> = {
  3: ['the server asks for the password in clear text, so it got none', SCRAM],
  5: ['the server asks for the MD5 of the password, so it got none', `${RENEW}, and ${SCRAM}`],
}
const OTHER: Refusal = ['the server asks for something else than a password by SCRAM', SCRAM]
