import { DefaultLogger, type LogLevel, type Logger as TemporalLogger } from '@temporalio/worker'
import type { Logger } from 'pino'

/** Temporal's own account of itself, as lines of our log. Only names and states: its metadata may hold an error of ours. */
export const temporalLogger = (log: Logger): TemporalLogger =>
  new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { taskQueue, state, workflowId, activityType } = meta ?? {}
    log[PINO_LEVEL[level]]({ taskQueue, state, workflowId, activityType }, message)
  })

const PINO_LEVEL: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
}
