const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(?: ?(Z|[+-]\d{2}(?::?\d{2})?))?)?$/i

/** Is it a day that exists, as 2024-02-29? */
export function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (!day) return false
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

/**
 * An ISO 8601 date or time as RFC 3339, its digits untouched; undefined for what is none or does not exist. A time without
 * a zone is taken as UTC, a date as its first moment.
 */
export function toInstant(text: string): string | undefined {
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = INSTANT.exec(text.trim()) ?? []
  if (!date || !isDate(date)) return undefined
  const instant = `${date}T${minutes}${seconds}${toOffset(zone.toUpperCase())}`
  return Number.isNaN(Date.parse(instant)) || minutes.startsWith('24') ? undefined : instant
}

/** `Z`, or `+01`, `+0100`, `+01:00` as the last of these. */
const toOffset = (zone: string): string =>
  zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
