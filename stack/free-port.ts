import getPort, { clearLockedPorts, portNumbers } from 'get-port'

/** The preferred port when it is free on the loopback interface, else the next free one; any free one without a preference. */
export async function freePort(preferred?: number, exclude: number[] = []): Promise<number> {
  // get-port keeps what it gave away locked for half a minute; a server that was stopped may have its port back at once.
  clearLockedPorts()
  const port = preferred ? portNumbers(preferred, Math.min(preferred + 200, 65_535)) : undefined
  return getPort({ host: '127.0.0.1', port, exclude })
}
