import { ConnectorError } from '@tributary/sdk'

/** Something about the file or how it is to be read: nothing of it is used until a person has put it right. */
export const fileError = (message: string): ConnectorError => new ConnectorError('config_invalid', `csv: ${message}`)

/** Of a row, by its line in the file. What stands in the row belongs to people, and is never in a message. */
export const lineError = (line: number, message: string): ConnectorError => fileError(`line ${line} ${message}`)

export const replacedError = (): ConnectorError =>
  new ConnectorError(
    'cursor_expired',
    'csv: the file was replaced while it was read; the new one has to be read from its start',
  )
