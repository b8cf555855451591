/**
 * The elements of the array under `key` at the top of a JSON document, each as its own exact text (without insignificant
 * white space) beside its parsed value. Parsing and printing again would change what a double cannot hold: 2^53 + 1, 1.50.
 * Throws SyntaxError where `text` is no JSON, TypeError where `key` holds no array of objects.
 */
export function jsonItems(text: string, key: string): { envelope: Record<string, unknown>; items: RawItem[] } {
  const envelope = JSON.parse(text) as Record<string, unknown>
  const list = envelope[key]
  if (!Array.isArray(list)) throw new TypeError(`the answer has no list "${key}"`)
  const raws = elementTexts(text, arrayStart(text, key))
  return { envelope, items: list.map((payload: object, index) => ({ payload, raw: raws[index]! })) }
}

export type RawItem = { payload: object; raw: string }

/** A whole JSON document without insignificant white space, its numbers and strings as they came. */
export const compactJson = (text: string): string => compact(text, 0, text.length)

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const isOpening = (code: number) => code === 123 || code === 91
const isClosing = (code: number) => code === 125 || code === 93
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9

/** Index just behind the `[` of the member `key` of the outermost object. The last of two members counts, as in JSON.parse. */
function arrayStart(text: string, key: string): number {
  let found = -1
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      const end = stringEnd(text, i)
      if (depth === 1 && isKey(text, i, end, key)) found = text.indexOf('[', end)
      i = end
    } else if (isOpening(code)) depth++
    else if (isClosing(code)) depth--
  }
  return found + 1
}

function isKey(text: string, start: number, end: number, key: string): boolean {
  let next = end + 1
  while (isSpace(text.charCodeAt(next))) next++
  return text[next] === ':' && text.slice(start + 1, end) === key
}

function elementTexts(text: string, start: number): string[] {
  const elements: string[] = []
  let depth = 0
  let from = start
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = stringEnd(text, i)
    else if (isOpening(code)) depth++
    else if (isClosing(code)) {
      if (depth-- === 0) return pushElement(elements, text, from, i)
    } else if (code === COMMA && depth === 0) {
      pushElement(elements, text, from, i)
      from = i + 1
    }
  }
  return elements
}

function pushElement(elements: string[], text: string, from: number, to: number): string[] {
  const element = compact(text, from, to)
  if (element) elements.push(element)
  return elements
}

/** Index of the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0
  while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++
  return slashes % 2 === 1
}

function compact(text: string, from: number, to: number): string {
  let out = ''
  let kept = from
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = stringEnd(text, i)
    else if (isSpace(code)) {
      out += text.slice(kept, i)
      kept = i + 1
    }
  }
  return out + text.slice(kept, to)
}
