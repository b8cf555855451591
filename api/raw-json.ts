import type { FastifyReply } from 'fastify'

/** Replies that hold payloads as their exact text: JSON.parse would round numbers beyond 2^53. */

/** One object with a member whose value is JSON text already; null where there is none. */
export const withJsonText = (row: object, name: string, text: string | null | undefined): string =>
  `${JSON.stringify(row).slice(0, -1)},${JSON.stringify(name)}:${text ?? 'null'}}`

/** The envelope of a list whose rows are JSON text already. */
export const listText = (page: { data: string[]; page: object }): string =>
  `{"data":[${page.data.join(',')}],"page":${JSON.stringify(page.page)}}`

export const dataText = (row: string): string => `{"data":${row}}`

/** Sends JSON text as it is, past the serialiser. */
export const sendJson = (reply: FastifyReply, text: string): FastifyReply => reply.type('application/json').send(text)
