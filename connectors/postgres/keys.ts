import { z } from 'zod'

/**
 * A row's id is the text of its key; of a key of several columns the JSON list of their texts, since whatever else could stand
 * between two of them could stand in one of them too.
 */
export const toId = (key: string[]): string => (key.length === 1 ? key[0]! : JSON.stringify(key))

/** The key of a row by its id; undefined for what is the id of no row. */
export function toKey(id: string, columns: number): string[] | undefined {
  if (columns === 1) return [id]
  try {
    const { data } = textsOf(columns).safeParse(JSON.parse(id))
    return data
  } catch {
    return undefined
  }
}

export const textsOf = (count: number) => z.array(z.string()).length(count)
