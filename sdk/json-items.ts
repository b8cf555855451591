/**
 * The elements of the array under `key` at the top of a JSON document, each as its own exact text (without insignificant
 * white space) beside its parsed value. Parsing and printing again would change what a double cannot hold: 2^53 + 1, 1.50.
 * Throws SyntaxError where `text` is no JSON, TypeError where there is not one array under `key`.
 */
export function jsonItems(text: string, key: string): { envelope: Record<string, unknown>; items: RawItem[] } {
  const envelope = JSON.parse(text) as Record<string, unknown>
  const list = envelope[key]
  if (!Array.isArray(list)) throw new TypeError(`the answer has no list "${key}"`)
  const raws = elementTexts(text, arrayStart(text, key))
  if (raws.length !== list.length) throw new TypeError(`the answer has two lists "${key}"`)
  return { envelope, items: list.map((payload: object, index) => ({ payload, raw: raws[index]! })) }
}

export type RawItem = { payload: object; raw: string }

/** A whole JSON document without insignificant white space, its numbers and strings as they came. */
export const compactJson = (text: string): string => compact(text, 0, text.length)

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const isOpening = (code: number) => code === 123 || code === 91
const isClosing = (code: number) => code === 125 || code === 93
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9

/** Index just behind the `[` of the first member `key` of the outermost object. */
function arrayStart(text: string, key: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      const end = stringEnd(text, i)
      if (depth === 1 && isKey(text, i, end, key)) return text.indexOf('[', end) + 1
      i = end
    } else if (isOpening(code)) depth++
    else if (isClosing(code)) depth--
  }
  return text.length
}

function isKey(text: string, start: number, end: number, key: string): boolean {
  let next = end + 1
  while (isSpace(text.charCodeAt(next))) next++
  return text.charCodeAt(next) === COLON && text.slice(start + 1, end) === key
}

/** One pass over the array, since this is the hottest loop of a reader: only an element that has white space is looked at again. */
function elementTexts(text: string, start: number): string[] {
  const elements: string[] = []
  let depth = 0
  let from = start
  let spaced = false
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = stringEnd(text, i)
    else if (isSpace(code)) spaced = true
    else if (isOpening(code)) depth++
    else if (isClosing(code) && depth > 0) depth--
    else if (depth === 0 && (code === COMMA || isClosing(code))) {
      if (i > from) elements.push(spaced ? compact(text, from, i) : text.slice(from, i))
      if (code !== COMMA) break
      from = i + 1
      spaced = false
    }
  }
  return elements.filter(Boolean)
}

/** Index of the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let i = start + 1
  for (let code = text.charCodeAt(i); code !== QUOTE; code = text.charCodeAt(++i)) {
    if (code === BACKSLASH) i++
    if (i >= text.length) return i
  }
  return i
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
