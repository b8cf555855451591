import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Context } from '@tributary/sdk'
import type { Config } from './config.ts'
import { configError, postgresError } from './errors.ts'
import { judge, splitMessages } from './log-in-messages.ts'

export type LogIn = {
  /** What postgres.js is to speak over, at the place where it sends its first message. */
  open(): Promise<Duplex>
  /** The password, as long as it is asked for in a way that does not give it away; else it never comes. */
  password(): string | Promise<string>
}

/**
 * How postgres.js gets to the server, and when it gets the password. By itself it would send it as it is, or as its MD5, to
 * whoever answers and asks for it so.
 */
export function createLogIn({ dial, config }: Pick<Context<Config>, 'dial' | 'config'>, password: string): LogIn {
  let isWanted = false
  return {
    async open() {
      const { socket, startTls } = await dial({ host: config.host, port: config.port })
      const line = config.sslmode === 'disable' ? socket : await encrypt(socket, () => startTls({ ca: config.ssl_ca }))
      watch(line, (wanted) => void (isWanted = wanted))
      return line
    },
    password: () => (isWanted ? password : new Promise(() => {})),
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

async function encrypt(socket: Duplex, startTls: () => Promise<Duplex>): Promise<Duplex> {
  socket.write(SSL_REQUEST)
  await once(socket, 'readable')
  // More than the one letter would be what somebody wants to be taken for a part of the encrypted talk.
  const answer = String(socket.read() ?? '')
  if (answer === 'S') return startTls()
  socket.destroy()
  if (answer === '') throw hungUp()
  throw answer === 'N' ? configError('the server does not speak TLS', 'set ssl = on there') : isOther()
}

/** What a server says before it lets somebody in is a few hundred bytes. */
const MAX_BYTES = 64 * 1024

/** Until the server lets us in, each of its messages is judged before postgres.js sees it. */
function watch(line: Duplex, want: (wanted: boolean) => void): void {
  const split = splitMessages()
  let heard = 0
  const stop = (reason?: Error) => {
    want(false)
    line.off('data', listen).off('end', end)
    if (reason) line.destroy(reason)
  }
  const end = () => stop(hungUp())
  const listen = (chunk: Buffer) => {
    heard += chunk.length
    if (heard > MAX_BYTES) return stop(isOther())
    for (const message of split(chunk)) {
      const verdict = judge(message)
      if (verdict === 'asks for the password') want(true)
      if (verdict === 'lets us in') return stop()
      if (verdict instanceof Error) return stop(verdict)
    }
  }
  line.on('data', listen).on('end', end)
}

const hungUp = () => postgresError('upstream_unavailable', 'the server hung up before it let anybody in; ask again')
const isOther = () => configError('the server does not speak as PostgreSQL does', 'correct host and port')
