export { backfillResource } from './backfill-resource.ts'
export { sweep } from './sweep.ts'
export { syncConnection } from './sync-connection.ts'
