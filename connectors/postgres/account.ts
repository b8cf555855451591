import type { Account } from '@tributary/sdk'
import type { Client } from './client.ts'
import type { Config } from './config.ts'

const KNOWN = `select (select oid from pg_catalog.pg_database where datname = current_database())::text as database,
  coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()'), 'execute'), false)::text as may_know`
const CLUSTER = `select system_identifier::text as cluster from pg_catalog.pg_control_system()`

/**
 * A database is known by the identifier of its cluster, which all its replicas share, and its number in there: it is the same
 * behind another name of the host, and another one when it was made anew. Where the server does not tell the first of
 * them (it can be forbidden, and not all that speak as PostgreSQL does have it), host and port stand for it.
 */
export async function readAccount({ ask }: Client, { host, port }: Config): Promise<Account> {
  const [known] = await ask({ text: KNOWN })
  const [control] = known?.may_know === 'true' ? await ask({ text: CLUSTER }) : []
  return { id: `${control?.cluster ?? `${host}:${port}`}/${known?.database}`, mode: 'live' }
}
