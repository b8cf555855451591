import { inspect } from 'node:util'
import { isConnectorError, type ConnectorError } from '@tributary/sdk'
import type { Sandbox } from '@tributary/sdk/sandbox'
import { expect } from 'vitest'

/** The error that a call ends with: one of the family, that says whose it is and shows no credential anywhere in it. */
export async function failure(type: string, { credentials }: Sandbox, call: Promise<unknown>): Promise<ConnectorError> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!isConnectorError(error)) throw new TypeError(`no ConnectorError but ${inspect(error)}`)
  const { message } = error
  expect(message.slice(0, type.length + 2)).toBe(`${type}: `)
  const shown = inspect(error, { depth: 8, showHidden: true })
  expect(Object.values(credentials).filter((secret) => shown.includes(secret))).toEqual([])
  return error
}
