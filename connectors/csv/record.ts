/** One record of RFC 4180 text. `next` is the index behind its line break, `lines` how many lines of the file it takes. */
export type Parsed = { fields: string[]; next: number; lines: number } | { fault: string }

const MAX_COLUMNS = 2000

/**
 * The record at `from`; undefined while it may go on behind the end of `text` (`last`: there is nothing behind it).
 * A quote stands only where a field begins, and after the closing one the field ends: anything else is a fault, since
 * to guess would shift columns. Line breaks may be \r\n, \n or \r, in any mix.
 */
export function parseRecord(text: string, from: number, delimiter: string, last: boolean): Parsed | undefined {
  const fields: string[] = []
  let lines = 1
  for (let at = from; ; at++) {
    const field = text.charCodeAt(at) === QUOTE ? quotedField(text, at, last) : plainField(text, at, delimiter)
    if (field === undefined || 'fault' in field) return field
    fields.push(field.value)
    lines += field.breaks
    at = field.end
    if (at >= text.length && !last) return undefined
    if (text[at] === delimiter) {
      if (fields.length === MAX_COLUMNS) return { fault: `has more than ${MAX_COLUMNS} columns` }
      continue
    }
    const next = endOfLine(text, at)
    if (next === undefined) return { fault: 'has text after a closing quote' }
    if (next === text.length && text[at] === '\r' && !last) return undefined // a \n may follow
    return { fields, next, lines }
  }
}

const QUOTE = 34
const CR = 13
const LF = 10

type Field = { value: string; end: number; breaks: number }

function plainField(text: string, start: number, delimiter: string): Field | { fault: string } {
  const mark = delimiter.charCodeAt(0)
  let end = start
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === mark || code === LF || code === CR) break
    if (code === QUOTE) return { fault: 'has a quote inside a field that does not begin with one' }
  }
  return { value: text.slice(start, end), end, breaks: 0 }
}

/** Undefined: the closing quote, or what is behind it, has not come yet. */
function quotedField(text: string, start: number, last: boolean): Field | { fault: string } | undefined {
  let close = text.indexOf('"', start + 1)
  while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2)
  if (close === -1) return last ? { fault: 'opens a quote that is never closed' } : undefined
  if (close + 1 === text.length && !last) return undefined
  const inner = text.slice(start + 1, close)
  return { value: inner.replaceAll('""', '"'), end: close + 1, breaks: countBreaks(inner) }
}

/** The index behind the line break at `at`, or behind the last character; undefined where there is something else. */
function endOfLine(text: string, at: number): number | undefined {
  if (at >= text.length) return text.length
  const code = text.charCodeAt(at)
  if (code === CR) return text.charCodeAt(at + 1) === LF ? at + 2 : at + 1
  return code === LF ? at + 1 : undefined
}

export function countBreaks(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === LF || (code === CR && text.charCodeAt(i + 1) !== LF)) count++
  }
  return count
}
