import type { FeedEnds } from '../db/changes.ts'
import { ApiError } from './errors.ts'

/** Throws where the changes behind a cursor are not all there: dropped by age already, or not made yet. */
export function requireHeld(cursor: number, { last_number, dropped_number }: FeedEnds): void {
  if (cursor < dropped_number)
    throw new ApiError(
      'changes_dropped',
      `The cursor is ${cursor}, and changes up to ${dropped_number} were dropped by age`,
    )
  if (cursor > last_number)
    throw new ApiError('invalid_cursor', `The cursor is ${cursor}, and the newest change is ${last_number}`)
}

export const consumerNotFound = (name: string): ApiError =>
  new ApiError('not_found', `Consumer ${name} does not exist; PUT /v1/change-consumers/${name} makes it`)
