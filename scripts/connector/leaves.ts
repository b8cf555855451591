import { pointerTo } from '@tributary/sdk'

/** A value that is neither object nor list, by its JSON pointer. `pattern` is the pointer with `*` for each place in a list. */
export type Leaf = { pointer: string; pattern: string; value: unknown }

/** Every leaf of a JSON value, in its order. Empty objects and lists have none. */
export function leavesOf(value: unknown, at = { pointer: '', pattern: '' }): Leaf[] {
  if (!isContainer(value)) return [{ ...at, value }]
  return Object.entries(value).flatMap(([key, held]) => {
    const step = pointerTo(key)
    return leavesOf(held, {
      pointer: at.pointer + step,
      pattern: at.pattern + (Array.isArray(value) ? '/*' : step),
    })
  })
}

export const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
