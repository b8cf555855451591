/**
 * What the processes of a deployment share of the limits of providers' accounts. A row is a limit, or one seat of a limit of what
 * may be in flight; `due_at` says from when on it is free. All times are the database's.
 */
import { sql, type SQL } from 'drizzle-orm'
import { textArray } from './bulk.ts'
import type { Database } from './client.ts'

/**
 * `count` slots of `spacingMs` each, of which the first begins `earliestMs` from now at the earliest; what was idle before is lost,
 * so less than 0 is what may be saved up. Where it would begin later than `patienceMs` from now, nothing is taken.
 */
export type SliceRequest = { key: string; count: number; spacingMs: number; earliestMs: number; patienceMs: number }
/** In ms of the database's clock. `until` is the end of the slice, null where none was taken; `busy_until` is from before. */
export type SliceAnswer = { until: number | null; busy_until: number | null; now: number }
/** `due_at` is also the proof of who holds it: whoever takes it over writes another. */
export type Seat = { key: string; due_at: string }

/** Takes the next slots of a limit, for this process alone. */
export async function leaseSlots(db: Database, slice: SliceRequest): Promise<SliceAnswer> {
  const lengthMs = slice.count * slice.spacingMs
  // The clock of the statement's start would be old where it had to wait for the row.
  const [answer] = await db.execute<SliceAnswer>(sql`
    with slice as (
      insert into quotas as q (key, due_at) values (${slice.key}, clock_timestamp() + ${ms(slice.earliestMs + lengthMs)})
      on conflict (key) do update set due_at = greatest(q.due_at + ${ms(lengthMs)}, excluded.due_at)
      where q.due_at <= clock_timestamp() + ${ms(slice.patienceMs)}
      returning due_at
    )
    select ${epochMs(sql`(select due_at from slice)`)} as until,
      ${epochMs(sql`(select due_at from quotas where key = ${slice.key})`)} as busy_until,
      ${epochMs(sql`clock_timestamp()`)} as now`)
  return answer!
}

/** Nobody takes a slot of this limit that begins before `pauseMs` from now. */
export async function pauseQuota(db: Database, key: string, pauseMs: number): Promise<void> {
  await db.execute(sql`
    insert into quotas as q (key, due_at) values (${key}, clock_timestamp() + ${ms(pauseMs)})
    on conflict (key) do update set due_at = greatest(q.due_at, excluded.due_at)`)
}

/** Takes up to `count` of these seats for `leaseMs`, of those that are free. */
export async function claimSeats(
  db: Database,
  claim: { keys: string[]; count: number; leaseMs: number },
): Promise<Seat[]> {
  return [
    ...(await db.execute<Seat>(sql`
      insert into quotas as q (key, due_at)
      select key, clock_timestamp() + ${ms(claim.leaseMs)} from (
        select key from unnest(${textArray(claim.keys)}) key
        where not exists (select from quotas held where held.key = key.key and held.due_at > clock_timestamp())
        order by random() limit ${claim.count}
      ) free order by key
      on conflict (key) do update set due_at = excluded.due_at where q.due_at <= clock_timestamp()
      returning key, due_at`)),
  ]
}

/** Holds a seat for `leaseMs` more from now; 0 gives it back. Nothing comes back where somebody else has it by now. */
export async function extendSeat(db: Database, seat: Seat, leaseMs: number): Promise<Seat | undefined> {
  const [extended] = await db.execute<Seat>(sql`
    update quotas set due_at = clock_timestamp() + ${ms(leaseMs)}
    where key = ${seat.key} and due_at = ${seat.due_at}::timestamptz
    returning key, due_at`)
  return extended
}

/** Rows that were free for a week say as little as none, and paths with ids in them are many. */
export async function dropIdleQuotas(db: Database): Promise<void> {
  await db.execute(sql`delete from quotas where due_at < now() - interval '7 days'`)
}

const ms = (count: number): SQL => sql`${count}::float8 * interval '1 millisecond'`
const epochMs = (instant: SQL): SQL => sql`(extract(epoch from ${instant}) * 1000)::float8`
