import { isConnectorError, type Change, type Resource } from '@tributary/sdk'
import type { Client } from './client.ts'
import { toKey } from './keys.ts'
import { isCut, toChange } from './read.ts'
import { castStatement, keysStatement } from './statements.ts'
import { tableOf, type Table } from './table.ts'

/** Rows by their ids. What can be no key of this table is the id of no row. */
export async function getRows({ ask }: Client, resource: Resource, ids: string[]): Promise<Change[]> {
  const table = tableOf(resource)
  const keys = ids.map((id) => toKey(id, table.key.length)).filter((key) => key !== undefined)
  try {
    return await getKeys(keys)
  } catch (error) {
    if (!isRefused(error)) throw error
    const possible = await filterKeys({ ask }, table, keys)
    if (possible.length === keys.length) throw error
    return getKeys(possible)
  }

  async function getKeys(some: string[][]): Promise<Change[]> {
    const rows = some.length > 0 ? await ask(keysStatement(table, some)) : []
    if (!isCut(rows) || some.length === 1) return rows.map((row) => toChange(row, resource))
    const half = some.length >> 1
    return [...(await getKeys(some.slice(0, half))), ...(await getKeys(some.slice(half)))]
  }
}

/** 'x' is no number, and the server refuses the whole statement for it. The table is not touched, so the refusal is of the key. */
async function filterKeys({ ask }: Pick<Client, 'ask'>, table: Table, keys: string[][]): Promise<string[][]> {
  const possible: string[][] = []
  for (const key of keys) {
    try {
      await ask(castStatement(table, key))
      possible.push(key)
    } catch (error) {
      if (!isRefused(error)) throw error
    }
  }
  return possible
}

const isRefused = (error: unknown): boolean => isConnectorError(error) && error.code === 'invalid_request'
