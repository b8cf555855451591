import { z } from 'zod'
import type { Client } from './client.ts'
import type { Config } from './config.ts'

const columnSchema = z.object({
  name: z.string(),
  /** As a person would write it: numeric(12,2). */
  type: z.string(),
  /** As a statement has to name it: schema and name, quoted, and no length, which would cut values off. */
  cast: z.string(),
  /** The type below all domains; of an array, of its elements. */
  base: z.string(),
  is_array: z.boolean(),
  is_required: z.boolean(),
})
const relationSchema = z.object({
  schema: z.string(),
  table: z.string(),
  columns: z.array(columnSchema).nullable(),
  /** The primary key, else the shortest unique key without nulls. */
  key: z.array(z.string()).nullable(),
})
export type Column = z.infer<typeof columnSchema>
export type Relation = z.infer<typeof relationSchema>

/** The tables and views that are to be read, with those of their columns that the user may read. */
export async function findRelations({ ask }: Client, { schemas, tables }: Config): Promise<Relation[]> {
  const [where, names] = tables ? [`n.nspname || '.' || c.relname`, tables] : ['n.nspname::text', schemas]
  const rows = await ask({ text: relations(where), values: [JSON.stringify(names)] })
  return rows.map(({ relation }) => relationSchema.parse(JSON.parse(relation!)))
}

/** What is a part of another table, as partitions are, is read through that one. */
const relations = (where: string) => `
  with recursive types (oid, base) as (
    select oid, oid from pg_catalog.pg_type where typtype <> 'd'
    union all
    select d.oid, b.base from types b join pg_catalog.pg_type d on d.typtype = 'd' and d.typbasetype = b.oid
  )
  select json_build_object('schema', n.nspname, 'table', c.relname, 'columns', (${COLUMNS}), 'key', (${KEY}))::text as relation
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${where} in (select json_array_elements_text($1::text::json))
    and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
    and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
  order by n.nspname, c.relname`

const COLUMNS = `
  select json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'cast', format('%I.%I', tn.nspname, t.typname),
    'base', format_type(e.oid, null), 'is_array', b.oid <> e.oid, 'is_required', a.attnotnull) order by a.attnum)
  from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
    join types on types.oid = t.oid join pg_catalog.pg_type b on b.oid = types.base
    left join types element on element.oid = b.typelem and b.typcategory = 'A'
    join pg_catalog.pg_type e on e.oid = coalesce(element.base, b.oid)
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')`

const KEY = `
  select (select json_agg(a.attname order by k.n)
    from unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where k.n <= i.indnkeyatts)
  from pg_catalog.pg_index i
  where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
    and (i.indisprimary or i.indimmediate)
    and not exists (select from unnest(i.indkey::int2[]) with ordinality k (attnum, n)
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where k.n <= i.indnkeyatts and not a.attnotnull)
  order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1`
