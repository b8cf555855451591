/** A table with a column of every type that is easily spoilt on its way, and rows with their extremes. */
export const KINDS_DDL = `
  create type public.mood as enum ('sad', 'very happy');
  create domain public.amount as numeric check (value <> 13);
  create type public.part as (size numeric, note text);
  create table public.kinds (
    id uuid primary key, yes boolean, small smallint, whole integer, big bigint, exact numeric, price money, real real,
    double double precision, code char(5), words text, bytes bytea, day date, at timestamptz, local timestamp, clock time,
    zoned timetz, span interval, mood public.mood, tags text[], matrix integer[], amounts numeric[], bigs bigint[],
    amount public.amount, part public.part, doc json, docb jsonb, bits bit varying, ip inet, net cidr, ids int8range, lexemes tsvector)`

export const KINDS_TEXTS: Record<string, string> = {
  ...{ big: 'to_json(t.big::text)', exact: 'to_json(t.exact::text)', amount: 'to_json(t.amount::text)' },
  ...{
    price: 'to_json(t.price::numeric::text)',
    amounts: 'to_json(t.amounts::text[])',
    bigs: 'to_json(t.bigs::text[])',
  },
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const kindOf = (n: number): Record<string, unknown> => KINDS[n] ?? { id: id(n + 1) }

export const KINDS: Record<string, unknown>[] = [
  {
    ...{ id: id(1), yes: true, small: 32_767, whole: 2_147_483_647, big: '9223372036854775807' },
    ...{
      exact: '12345678901234567890123.4567890',
      price: '92233720368547758.07',
      real: '3.4028235e38',
      double: '1.7976931348623157e308',
    },
    ...{ code: 'ab', words: 'Ünïcödé "quoted" \\ and\ttabs\r\n', bytes: '\\xdeadbeef00', day: '5874897-12-31' },
    ...{
      at: '2024-02-29T23:59:59.123456+05:30',
      local: '2024-02-29T23:59:59.999999',
      clock: '24:00:00',
      zoned: '23:59:59.5-12',
    },
    ...{ span: '1 year 2 mons -3 days 04:05:06.789', mood: 'very happy', tags: ['a', null, 'b,c', '{}', 'NULL', ''] },
    ...{ matrix: [[1, 2], [3, 4]], amounts: ['1.50', '-0.00', '1e3'], bigs: ['9007199254740993', null] }, // prettier-ignore
    ...{
      amount: '9007199254740993.10',
      part: { size: '1.50', note: 'x' },
      docb: { n: 1.5 },
      bits: '10101',
      ip: '::1/128',
    },
    ...{ net: '10.0.0.0/8', ids: '[1,9007199254740993)', lexemes: "'a':1 'b':2" },
  },
  {
    ...{
      id: id(2),
      yes: false,
      small: -32_768,
      whole: -2_147_483_648,
      big: '-9223372036854775808',
      exact: 'NaN',
      price: '-0.01',
    },
    ...{
      real: 'NaN',
      double: '-Infinity',
      words: '',
      bytes: '\\x',
      day: '-infinity',
      at: 'infinity',
      local: '0044-03-15 00:00:00 BC',
    },
    ...{
      clock: '00:00:00.000001',
      span: '-00:00:00.000001',
      tags: [],
      matrix: [],
      amounts: ['NaN', 'Infinity'],
      bigs: [],
    },
  },
  {
    id: id(3),
    exact: 'Infinity',
    double: 5e-324,
    real: 1e-45,
    day: '4713-01-01 BC',
    words: '\u2028 \u{1F600} </script>',
  },
  { id: id(4) },
  { id: id(5), double: 0.1, real: 0.1, exact: '0.10', amount: '1.0', price: '0.10' },
]

/** Written as SQL, since a parser between us and the table would normalise it: the same key twice, spaces, 1.50, 2^53 + 1. */
export const VERBATIM_JSON = `{ "a" : 1.50, "a": 9007199254740993, "z": "\\u0000" }`
