import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ping } from '../../db/ping.ts'
import type { ApiDeps, App } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { data, errorEnvelope } from '../schemas/envelope.ts'

const DEADLINE_MS = 2000
const tags = ['operation']

/** For load balancers and orchestrators, so without a key. */
export function healthRoutes(app: App, deps: ApiDeps): void {
  app.get(
    '/health',
    {
      schema: {
        summary: 'Whether the process lives',
        tags,
        security: [],
        response: { 200: data(z.object({ status: z.literal('ok') })) },
      },
    },
    () => ({ data: { status: 'ok' as const } }),
  )
  const ready = z.object({ database: z.literal('ok'), temporal: z.literal('ok') })
  app.get(
    '/ready',
    {
      schema: {
        summary: 'Whether all that is needed answers',
        tags,
        security: [],
        response: { 200: data(ready), 503: errorEnvelope },
      },
    },
    async () => {
      const [database, temporal] = await Promise.all([answers(ping(deps.db)), answers(isReady(deps))])
      const away = [...(database ? [] : ['the database']), ...(temporal ? [] : ['Temporal'])]
      if (away.length > 0) throw new ApiError('unavailable', `Not ready: no answer from ${away.join(' and ')}`)
      return { data: { database: 'ok' as const, temporal: 'ok' as const } }
    },
  )
}

async function isReady({ temporal }: ApiDeps): Promise<void> {
  if (!(await temporal.isReady())) throw new ApiError('unavailable', 'Temporal does not answer')
}

/** Whether it succeeds within the deadline. */
function answers(work: Promise<void>): Promise<boolean> {
  const late = sleep(DEADLINE_MS, false, { ref: false })
  return Promise.race([
    work.then(
      () => true,
      () => false,
    ),
    late,
  ])
}
