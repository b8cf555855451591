/** What Postgres itself says of our schema: whatever a later migration adds is held to the same rules. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import postgres from 'postgres'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'

/** Deployment-wide tables. `orgs` is of its own kind: a tenant table whose `id` is the org's. */
const SYSTEM_TABLES = ['api_key_hashes', 'connectors', 'encryption_canaries', 'quotas']
/** Of these a foreign key may name the primary key: which connectors there are is no secret of an org. */
const PUBLIC_TABLES = ['connectors']

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

/** Names that a query finds; each stands for a broken rule where a test expects none. */
async function names(query: postgres.PendingQuery<postgres.Row[]>): Promise<string[]> {
  return (await query).map((row) => String(row.name)).toSorted()
}

const tables = () => sql`select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`
const isTenant = () => sql`(t.relname <> all(${SYSTEM_TABLES}) and t.relname <> 'orgs')`

test('There are tables to look at', async () => {
  const all = await names(sql`select t.relname as name from (${tables()}) t`)
  expect(all).toEqual(
    expect.arrayContaining([...SYSTEM_TABLES, 'orgs', 'connections', 'entities', 'events', 'invoices']),
  )
})

test('Every table belongs to an org by a column that is never null, or is a known system table', async () => {
  expect(
    await names(sql`select t.relname as name from (${tables()}) t where ${isTenant()} and not exists (
      select from pg_attribute a where a.attrelid = t.oid and a.attname = 'org_id' and a.attnotnull and not a.attisdropped
        and a.atttypid = 'uuid'::regtype)`),
  ).toEqual([])
})

test('Every table has row level security, and forces it on its owner', async () => {
  expect(
    await names(
      sql`select t.relname as name from (${tables()}) t where not t.relrowsecurity or not t.relforcerowsecurity`,
    ),
  ).toEqual([])
})

test('Every policy names its roles, none is for everybody', async () => {
  expect(
    await names(
      sql`select polrelid::regclass || '.' || polname as name from pg_policy where polroles = '{0}' or 0 = any(polroles)`,
    ),
  ).toEqual([])
})

test('A tenant table shows and takes rows of the one org only, and is written by owners and editors', async () => {
  const policies = await sql<{ name: string; using: string | null; check: string | null; command: string }[]>`
    select t.relname as name, polcmd as command, pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check
    from (${tables()}) t left join pg_policy on polrelid = t.oid and polroles = array['tributary_app'::regrole::oid]
    where ${isTenant()}`
  const ofOrg = /\(org_id = \( SELECT \(NULLIF\(current_setting\('app\.org_id'::text, true\), ''::text\)\)::uuid/
  const byWriter = /current_setting\('app\.role'::text, true\).* ANY \(ARRAY\['owner'::text, 'editor'::text\]\)/s
  const broken = policies.filter(({ command, using, check }) => {
    const rules = { r: [using], a: [check], w: [using, check], d: [using] }[command]
    return !rules?.every((rule) => rule && ofOrg.test(rule) && (command === 'r' || byWriter.test(rule)))
  })
  expect(broken).toEqual([])
  const commandsOf = (table: string) => policies.flatMap(({ name, command }) => (name === table ? command : []))
  for (const { name } of policies) expect([name, commandsOf(name).toSorted()]).toEqual([name, ['a', 'd', 'r', 'w']])
})

test('Policies for other roles are those of the dispatcher and of intake', async () => {
  const others = await sql<{ roles: string; command: string }[]>`
    select distinct polroles::regrole[]::text as roles, polcmd as command from pg_policy
    where polroles <> array['tributary_app'::regrole::oid] order by 1, 2`
  expect(others).toEqual([
    { roles: '{tributary_dispatcher}', command: 'a' },
    { roles: '{tributary_dispatcher}', command: 'r' },
    { roles: '{tributary_intake}', command: 'a' },
  ])
  const written = await names(sql`select polrelid::regclass::text as name from pg_policy
    where polroles = array['tributary_dispatcher'::regrole::oid] and polcmd = 'a'`)
  expect(written).toEqual(['api_key_hashes', 'api_keys', 'orgs'])
})

test('org_id is at the head of every primary key and unique index of a tenant table', async () => {
  expect(
    await names(sql`
      select i.indexrelid::regclass as name from (${tables()}) t join pg_index i on i.indrelid = t.oid
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
      where ${isTenant()} and (i.indisunique or i.indisexclusion) and a.attname is distinct from 'org_id'`),
  ).toEqual([])
})

test('A foreign key between tenant tables begins with org_id on both sides', async () => {
  expect(
    await names(sql`
      select k.conname as name from (${tables()}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
      where k.confrelid::regclass::text <> all(${PUBLIC_TABLES})
        and (a.attname, f.attname) <> ('org_id', case when k.confrelid = 'orgs'::regclass then 'id' else 'org_id' end)`),
  ).toEqual([])
})

test('Nothing of ours is granted to everybody', async () => {
  expect(
    await names(sql`
      select c.oid::regclass::text as name from pg_class c, aclexplode(c.relacl) g
      where c.relnamespace in ('public'::regnamespace, 'dispatch'::regnamespace, 'drizzle'::regnamespace) and g.grantee = 0
      union all
      select a.attrelid::regclass || '.' || a.attname from pg_attribute a, aclexplode(a.attacl) g
      where g.grantee = 0 and a.attrelid >= 16384
      union all
      select nspname from pg_namespace, aclexplode(nspacl) g
      where nspname in ('dispatch', 'drizzle') and g.grantee = 0 or nspname = 'public' and g.grantee = 0 and privilege_type = 'CREATE'
      union all
      select p.oid::regprocedure::text from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
      where p.pronamespace in ('public'::regnamespace, 'dispatch'::regnamespace) and g.grantee = 0`),
  ).toEqual([])
})

test('A partition is reached through its parent only', async () => {
  expect(
    await names(
      sql`select oid::regclass as name from pg_class where relispartition and relkind = 'r' and relacl is not null`,
    ),
  ).toEqual([])
})

test('Views run with the rights of who asks, and no rows are kept outside of tables', async () => {
  expect(
    await names(sql`
      select oid::regclass as name from pg_class where relnamespace = 'public'::regnamespace
        and (relkind = 'm' or relkind = 'v' and not coalesce(reloptions, '{}') @> '{security_invoker=true}')`),
  ).toEqual([])
})

test('Tables belong to the owner, whom nothing that serves logs in as', async () => {
  expect(
    await names(sql`select t.relname as name from (${tables()}) t where t.relowner <> 'tributary_owner'::regrole`),
  ).toEqual([])
})

test('What answers across orgs belongs to the dispatcher, runs as it, and finds its tables by a fixed path', async () => {
  const functions = await sql<{ name: string }[]>`
    select proname as name, prosecdef as definer, proowner::regrole::text as owner, proconfig as settings from pg_proc
    where pronamespace = 'dispatch'::regnamespace order by 1`
  expect(functions.map(({ name }) => name)).toEqual(expect.arrayContaining(['create_org', 'find_api_key']))
  for (const { name, ...facts } of functions)
    expect([name, facts]).toEqual([
      name,
      { definer: true, owner: 'tributary_dispatcher', settings: ['search_path=public, pg_temp'] },
    ])
  expect(
    await names(
      sql`select oid::regprocedure as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
    ),
  ).toEqual([])
})

test('A tenant cannot make an org; the operator can', async () => {
  const mayMake = async (role: string) => {
    const [row] =
      await sql`select has_function_privilege(${role}, oid, 'execute') as may from pg_proc where proname = 'create_org'`
    return row?.may as boolean
  }
  expect(await mayMake('tributary_app')).toBe(false)
  expect(await mayMake('tributary_intake')).toBe(false)
  expect(await mayMake('tributary_owner')).toBe(true)
})

test('No role of ours is above row level security, and those that serve are members of no other', async () => {
  expect(
    await names(sql`select rolname as name from pg_roles where rolname like 'tributary%'
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`),
  ).toEqual([])
  expect(
    await names(sql`select rolname as name from pg_roles where rolname like 'tributary%' and rolcanlogin`),
  ).toEqual(['tributary_app', 'tributary_intake'])
  expect(
    await names(sql`select roleid::regrole as name from pg_auth_members
      where member in ('tributary_app'::regrole, 'tributary_intake'::regrole, 'tributary_dispatcher'::regrole)`),
  ).toEqual([])
})

test('The dispatcher reads ids, states and times only', async () => {
  const readable = await names(sql`
    select t.relname || '.' || a.attname as name from (${tables()}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
    where has_column_privilege('tributary_dispatcher', t.oid, a.attnum, 'select')`)
  const known =
    /\.(id|org_id|\w+_id|hash|role|status|resource|scan|generation|served_by|schedule_seconds|wait_until|number|\w+_at)$/
  expect(readable.filter((name) => !known.test(name))).toEqual([])
  expect(readable).toContain('api_key_hashes.hash')
  expect(readable.filter((name) => name.endsWith('.hash'))).toEqual(['api_key_hashes.hash'])
})

/** What a role was granted, on a table or on some of its columns. */
const granted = (role: string) => sql`
  select distinct c.relname || ' ' || lower(g.privilege_type) as name
  from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attacl is not null,
    lateral (select * from aclexplode(c.relacl) union all select * from aclexplode(a.attacl)) g
  where c.relkind in ('r', 'p', 'v', 'f') and g.grantee = ${role}::regrole`

test('Intake inserts events, and has no other right', async () => {
  expect(await names(granted('tributary_intake'))).toEqual(['events insert'])
})

test('The app reads no hash of a key, makes no org or key, and has no right that row level security does not see', async () => {
  const rights = await names(granted('tributary_app'))
  const about = (table: string) => rights.filter((right) => right.startsWith(`${table} `))
  expect(about('connections')).toHaveLength(4)
  expect([about('orgs'), about('api_keys'), about('api_key_hashes')]).toEqual([
    ['orgs select'],
    ['api_keys select'],
    [],
  ])
  expect(rights.filter((right) => !/ (select|insert|update|delete)$/.test(right))).toEqual([])
})
