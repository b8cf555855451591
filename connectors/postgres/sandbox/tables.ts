import { inventPerson, type Random } from '@tributary/sdk/sandbox'
import { KINDS, KINDS_DDL, KINDS_TEXTS, kindOf } from './kinds.ts'

export type Fields = Record<string, unknown>
export type SandboxTable = {
  name: string
  key: string[]
  /** The columns that come as text, each with the expression of its JSON. */
  texts: Record<string, string>
  ddl: string
  /** None: it is a view. */
  rows?: { count(counts: Record<string, number>): number; invent(random: Random, n: number): Fields }
}

const text = (...columns: string[]) => Object.fromEntries(columns.map((name) => [name, `to_json(t.${name}::text)`]))

const START = Date.UTC(2025, 2, 1, 9, 30)
/** With microseconds, of which a Date knows nothing. */
const time = (minutes: number, micros: number): string =>
  new Date(START + minutes * 60_000).toISOString().replace('000Z', `${String(micros % 1_000_000).padStart(6, '0')}Z`)

/** By the connector's names. A shop whose people knew PostgreSQL well, and then some who did not. */
export const tables: Record<string, SandboxTable> = {
  'public.customers': {
    name: 'public.customers',
    key: ['id'],
    texts: text('id', 'balance'),
    ddl: `create table public.customers (
      id bigint primary key, fax text, name text not null, email text, phone text, company text, tags text[], balance numeric(14, 2),
      street text, city text, state text, postal_code text, country char(2), created_at timestamptz not null,
      updated_at timestamptz not null, domain text generated always as (split_part(email, '@', 2)) stored);
      alter table public.customers drop column fax; create index on public.customers (updated_at, id)`,
    rows: {
      count: ({ customers }) => customers!,
      invent(random, n) {
        const { name, email, phone, company, address } = inventPerson(random, n)
        const { line1: street, city, state, postal_code, country } = address
        return {
          // Beyond 2^53, where a double has no odd numbers.
          id: String(9_007_199_254_740_993n + BigInt(n)),
          ...{ name, email: random.chance(0.1) ? null : email, phone, company },
          tags: random.chance(0.3) ? ['vip', 'a "quoted", {tag}'] : [],
          balance: `${random.int(-9_999, 9_999_999)}.${random.int(0, 9)}0`,
          ...{ street, city, state, postal_code, country },
          ...{ created_at: time(n, 1), updated_at: time(10_000 + n, n) },
        }
      },
    },
  },
  'public.orders': {
    name: 'public.orders',
    key: ['customer_id', 'number'],
    texts: text('customer_id', 'total'),
    ddl: `create type public.order_status as enum ('open', 'paid', 'sent back');
      create table public.orders (
      number integer, customer_id bigint, status public.order_status not null, total numeric(14, 2), placed_on date,
      updated_at timestamptz not null, primary key (customer_id, number)); create index on public.orders (updated_at)`,
    rows: {
      count: ({ orders }) => orders!,
      invent: (random, n) => ({
        ...{ customer_id: String(9_007_199_254_740_993n + BigInt(n % 20)), number: n },
        status: random.pick(['open', 'paid', 'sent back']),
        ...{ total: `${random.int(1, 99_999)}.90`, placed_on: time(n, 0).slice(0, 10) },
        // Whole batches were written at one instant.
        updated_at: time(20_000 + Math.floor(n / 40), 123_456),
      }),
    },
  },
  'public.readings': {
    name: 'public.readings',
    key: ['sensor', 'taken_at'],
    texts: {},
    ddl: `create table public.readings (sensor text, taken_at timestamptz, value double precision, primary key (sensor, taken_at))
        partition by range (taken_at);
      create table public.readings_early partition of public.readings for values from (minvalue) to ('2025-03-01 12:00Z');
      create table public.readings_late partition of public.readings for values from ('2025-03-01 12:00Z') to (maxvalue)`,
    rows: {
      count: ({ readings }) => readings!,
      invent: (random, n) => ({
        ...{ sensor: random.pick(['cellar', 'roof, north', '["roof","south"]']), taken_at: time(n * 20, n) },
        value: random.pick([20.5, -0.1, 1e-7, 'NaN', 'Infinity']),
      }),
    },
  },
  'public.kinds': {
    ...{ name: 'public.kinds', key: ['id'], ddl: KINDS_DDL, texts: KINDS_TEXTS },
    rows: { count: () => KINDS.length, invent: (_random, n) => kindOf(n) },
  },
  'sales.order_items_f756f46b': {
    name: '"Sales"."Order Items"',
    key: ['Order "No"', 'line'],
    texts: { 'Unit Price': `to_json(t."Unit Price"::numeric::text)` },
    ddl: `create table "Sales"."Order Items" (
      "Order ""No""" text, line smallint, "Unit Price" money, "order" text, c text, t text, primary key ("Order ""No""", line))`,
    rows: {
      count: ({ items }) => items!,
      invent: (random, n) => ({
        ...{ 'Order "No"': random.pick(['A-1', 'a-1', "O'Neill", 'x","y', 'ß', '']), line: n },
        ...{ 'Unit Price': `${random.int(1, 99)}.10`, order: 'by', c: 'see', t: null },
      }),
    },
  },
  'public.order_totals': {
    ...{ name: 'public.order_totals', key: ['customer_id'], texts: text('customer_id', 'orders', 'total') },
    ddl: `create view public.order_totals as
      select customer_id, count(*) as orders, sum(total) as total from public.orders group by customer_id`,
  },
}

/** Nothing tells its rows apart, so it is no resource. */
export const LOG_DDL = `create table public.log (at timestamptz, line text);
  insert into public.log values ('2025-03-01', 'twice'), ('2025-03-01', 'twice')`
