/** Names that the client, the workflows' starters and the workers share. */

/** Each has its own workers and pools, so that a backfill never makes another wait. */
export const TASK_QUEUES = {
  orchestration: 'tributary-orchestration',
  pull: 'tributary-pull',
  drain: 'tributary-drain',
} as const
export type QueueName = keyof typeof TASK_QUEUES

/** What operators can filter by in the Temporal UI: ids and kinds only. */
export const SEARCH_ATTRIBUTES = {
  TributaryOrg: 'Keyword',
  TributaryConnection: 'Keyword',
  TributaryConnector: 'Keyword',
  TributaryResource: 'Keyword',
  TributarySync: 'Keyword',
} as const

export const scheduleId = (connection_id: string): string => `sync/${connection_id}`
