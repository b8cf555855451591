import { hash } from 'node:crypto'
import { without, type Payload, type Resource } from '@tributary/sdk'

/** Hex sha256 of an object's exact text. Fields that change by themselves (a counter of views) are no change. */
export function contentHash({ volatile = [] }: Pick<Resource, 'volatile'>, payload: Payload, raw: string): string {
  const kept = cutMembers(payload, raw, volatile) ?? JSON.stringify(without(payload, volatile))
  return hash('sha256', kept, 'hex')
}

/**
 * The text without members of the outermost object, cut out where they stand: a quarter of what copying and printing it takes,
 * with the same outcome. undefined where their places cannot be told from the text alone: for a member deeper within, one that
 * stands there twice, or one that is written otherwise than it would be printed.
 */
function cutMembers(payload: Payload, raw: string, pointers: readonly string[]): string | undefined {
  let text: string | undefined = raw
  for (const name of pointers.map((pointer) => pointer.slice(1))) {
    if (text === undefined || /[~/]/.test(name)) return undefined
    const value = (payload as Record<string, unknown>)[name]
    if (Object.hasOwn(payload, name)) text = cutOnce(text, `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  }
  return text
}

function cutOnce(text: string, member: string): string | undefined {
  const start = text.indexOf(member)
  const end = start + member.length
  if (start < 0 || text.indexOf(member, end) >= 0) return undefined
  if (text[end] === ',') return text.slice(0, start) + text.slice(end + 1)
  return text[end] === '}' ? text.slice(0, text[start - 1] === ',' ? start - 1 : start) + text.slice(end) : undefined
}
