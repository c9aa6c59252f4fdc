// What relay and workers read and write of the outbox. Each is one statement, whatever the number of rows.
import { arrayLiteral } from './array-literal.ts'
import type { Deps } from './deps.ts'
import { BUCKETS } from './fairness.ts'
import { Prisma } from './prisma.ts'
import type { Sql } from './sql.ts'

// As the column has it for a new row.
const ATTEMPTS = 12
/** What a payload calls the network that caused its job, as `causedBy` has it. It leaves with the job. */
export const NETWORK = 'network'

type Payload = Readonly<Record<string, unknown>>

export interface OpenRow {
  readonly id: string
  readonly kind: string
  readonly payload: Payload
  /** How often it was begun. */
  readonly attempts: number
  readonly giveUpAfter: number
  /** Who caused it, of fairness.ts. */
  readonly fairnessBucket: number
}

/** Whose a job was. */
export interface Owner {
  readonly organizerId: string | null
  readonly orderId: string | null
}

export const NOBODY: Owner = { organizerId: null, orderId: null }

/** One run of a job, as it was offered: attempt number `attempts + 1`. */
export interface Offer {
  readonly id: string
  readonly attempts: number
}

type Reads = Pick<Deps, 'clock'> & { readonly prisma: Sql }

/** Some kinds of jobs: those that are named, by rank, the rank that matters most first; or all that are not named. */
export type Kinds = { readonly only: readonly (readonly string[])[] } | { readonly allBut: readonly string[] }

/** A row that was claimed, and where it stands among the others. */
export interface ClaimedRow extends OpenRow {
  /** Of its kind: the first is 0, and all kinds that are not ranked have it. */
  readonly rank: number
}

/** The bucket of each rank that was served last: the next one of it begins behind. */
export type Served = ReadonlyMap<number, number>

/**
 * Takes up to `most` rows of these kinds that are due and either were never handed over or not heard of since `silentSince`,
 * in the order in which they are to be done: by rank; within a rank the buckets of who caused them take turns; and of one
 * bucket what has been due longest first. Relays that ask at once get different rows: one skips what another has locked.
 *
 * It goes from kind to kind in the index, and from bucket to bucket, and reads the first rows of each: the rows of other
 * kinds, and what one bucket has more than its turns, of which any number may be due, are not looked at. There are 1,024
 * buckets, so a poll reads a few thousand rows at most. As a join the UPDATE would read all of a middling table.
 */
export const claimDue = (
  deps: Reads,
  kinds: Kinds,
  silentSince: Date,
  most: number,
  served: Served = new Map(),
): Promise<ClaimedRow[]> => {
  const now = deps.clock.now()
  const isOnly = 'only' in kinds
  const named = isOnly
    ? kinds.only.flatMap((ranked, rank) => ranked.map((kind) => ({ kind, rank })))
    : kinds.allBut.map((kind) => ({ kind, rank: 0 }))
  const open = Prisma.sql`closed_at IS NULL AND dead_at IS NULL`
  const due = Prisma.sql`${open} AND due_at <= ${now}::timestamptz
          AND (offered_at IS NULL OR offered_at < ${silentSince}::timestamptz)`
  return deps.prisma.$queryRaw<ClaimedRow[]>`
    WITH RECURSIVE open_kind AS (
      SELECT min(kind) AS kind FROM outbox WHERE ${open}
      UNION ALL
      SELECT (SELECT min(kind) FROM outbox WHERE ${open} AND outbox.kind > open_kind.kind)
      FROM open_kind WHERE kind IS NOT NULL),
    lane AS (
      SELECT open_kind.kind, coalesce(named.rank, 0) AS rank, coalesce(named.served, 0) AS served
      FROM open_kind LEFT JOIN unnest(
        ${arrayLiteral(named.map(({ kind }) => kind))}::text[], ${arrayLiteral(named.map(({ rank }) => rank))}::int[],
        ${arrayLiteral(named.map(({ rank }) => served.get(rank) ?? 0))}::int[]
      ) AS named (kind, rank, served) ON named.kind = open_kind.kind
      WHERE open_kind.kind IS NOT NULL AND (named.kind IS NOT NULL) = ${isOnly}::boolean),
    first AS (
      SELECT lane.rank, turn.at, own.* FROM lane CROSS JOIN LATERAL (
        WITH RECURSIVE bucket AS (
          SELECT min(fairness_bucket) AS no FROM outbox WHERE outbox.kind = lane.kind AND ${open}
          UNION ALL
          SELECT (SELECT min(fairness_bucket) FROM outbox
                  WHERE outbox.kind = lane.kind AND ${open} AND fairness_bucket > bucket.no)
          FROM bucket WHERE no IS NOT NULL)
        SELECT no, count(*) OVER () AS buckets, (no - lane.served + ${BUCKETS - 1}::int) % ${BUCKETS}::int AS at
        FROM bucket
        WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = lane.kind AND fairness_bucket = no AND ${due})
        ORDER BY at LIMIT ${most}::int
      ) AS turn CROSS JOIN LATERAL (
        SELECT id, due_at, fairness_bucket FROM outbox
        WHERE outbox.kind = lane.kind AND fairness_bucket = turn.no AND ${due}
        ORDER BY due_at, id LIMIT (${most}::int + turn.buckets - 1) / turn.buckets FOR UPDATE SKIP LOCKED) AS own),
    placed AS (
      SELECT id, rank, at, due_at,
             row_number() OVER (PARTITION BY rank, fairness_bucket ORDER BY due_at, id) AS nth FROM first),
    chosen AS (SELECT * FROM placed ORDER BY rank, nth, at, due_at, id LIMIT ${most}::int),
    taken AS (
      UPDATE outbox SET offered_at = ${now}::timestamptz WHERE id = ANY(ARRAY(SELECT id FROM chosen))
      RETURNING id, kind, payload, attempts, give_up_after, fairness_bucket)
    SELECT taken.id, kind, payload, attempts, give_up_after AS "giveUpAfter", fairness_bucket AS "fairnessBucket", rank
    FROM taken JOIN chosen ON chosen.id = taken.id ORDER BY rank, nth, at, due_at, taken.id`
}

/**
 * Says that these could not be handed over or will not begin here, so that the next relay need not wait to hear of them. Of a
 * job that began elsewhere meanwhile it says nothing: that one is under way.
 */
export const withdraw = (tx: Sql, offers: readonly Offer[]): Promise<number> =>
  tx.$executeRaw`
    UPDATE outbox SET offered_at = NULL
    FROM unnest(${arrayLiteral(offers.map(({ id }) => id))}::uuid[],
                ${arrayLiteral(offers.map(({ attempts }) => attempts))}::int[]) AS offer (id, attempts)
    WHERE outbox.id = offer.id AND outbox.attempts = offer.attempts`

/**
 * Begins attempts, and gives a row for each that may run, null for a copy: of a job that is done, dead, or was begun by
 * somebody else after this copy was offered. The attempt is counted before it runs, so that a job which kills its process
 * cannot do so for ever.
 */
export async function beginAttempts(deps: Reads, offers: readonly Offer[]): Promise<(OpenRow | null)[]> {
  const now = deps.clock.now()
  const rows = await deps.prisma.$queryRaw<OpenRow[]>`
    UPDATE outbox SET attempts = outbox.attempts + 1, last_attempt_at = ${now}::timestamptz,
                      offered_at = ${now}::timestamptz
    FROM unnest(${arrayLiteral(offers.map(({ id }) => id))}::uuid[],
                ${arrayLiteral(offers.map(({ attempts }) => attempts))}::int[]) AS offer (id, attempts)
    WHERE outbox.id = offer.id AND outbox.attempts = offer.attempts AND outbox.attempts < give_up_after
      AND closed_at IS NULL AND dead_at IS NULL
    RETURNING outbox.id, kind, payload, outbox.attempts, give_up_after AS "giveUpAfter",
              fairness_bucket AS "fairnessBucket"`
  const begun = new Map(rows.map((row) => [row.id, row]))
  return offers.map(({ id, attempts }) => {
    const row = begun.get(id)
    if (row?.attempts !== attempts + 1) return null
    // Two copies in one batch: the first one runs.
    begun.delete(id)
    return row
  })
}

/** Closes rows whose handlers have succeeded. */
export async function closeRows(deps: Reads, ids: readonly string[]): Promise<void> {
  await deps.prisma.$executeRaw`
    UPDATE outbox SET closed_at = ${deps.clock.now()}::timestamptz, error = NULL, payload = payload - ${NETWORK}::text
    WHERE id = ANY(${arrayLiteral(ids)}::uuid[])`
}

/** Lets a failed attempt be followed by another at `dueAt`, unless somebody began one already. */
export const putOff = (tx: Sql, { id, attempts }: Offer, error: string, dueAt: Date): Promise<number> =>
  tx.$executeRaw`
    UPDATE outbox SET error = ${error}, due_at = ${dueAt}::timestamptz, offered_at = NULL
    WHERE id = ${id}::uuid AND attempts = ${attempts}::int AND closed_at IS NULL AND dead_at IS NULL`

/** The row stays, with why and whose it was, for staff to look at. `error` null: keep what the attempt before said. */
export const bury = (
  deps: Reads,
  { id, attempts }: Offer,
  error: string | null,
  { organizerId, orderId }: Owner,
): Promise<number> =>
  deps.prisma.$executeRaw`
    UPDATE outbox SET dead_at = ${deps.clock.now()}::timestamptz, offered_at = NULL,
      error = coalesce(${error}, error, 'The process ended while the job ran.'), payload = payload - ${NETWORK}::text,
      organizer_id = ${organizerId}::uuid, order_id = ${orderId}::uuid
    WHERE id = ${id}::uuid AND attempts = ${attempts}::int AND closed_at IS NULL AND dead_at IS NULL`

/** Deletes up to `most` rows that were closed before this moment; resolves with how many. */
export const deleteClosed = (tx: Sql, before: Date, most: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM outbox WHERE id IN (
      SELECT id FROM outbox WHERE closed_at < ${before}::timestamptz
      ORDER BY closed_at LIMIT ${most}::int FOR UPDATE SKIP LOCKED)`

/** Gives a dead job as many attempts again; resolves with 0 when it is not dead. What was spent stays counted. */
export const retryDead = (tx: Sql, id: string, now: Date): Promise<number> =>
  tx.$executeRaw`
    UPDATE outbox SET dead_at = NULL, due_at = ${now}::timestamptz, offered_at = NULL,
                      give_up_after = attempts + ${ATTEMPTS}::int
    WHERE id = ${id}::uuid AND dead_at IS NOT NULL AND closed_at IS NULL`

/** How many rows of a kind are not closed, by why. */
export interface Backlog {
  readonly kind: string
  readonly due: number
  readonly putOff: number
  readonly dead: number
  /** Null when none is due. */
  readonly oldestDueAt: Date | null
}

/** Counts what is not closed. Two partial indexes have nothing else in them. */
export const backlog = (deps: Reads): Promise<Backlog[]> => {
  const now = deps.clock.now()
  return deps.prisma.$queryRaw<Backlog[]>`
    SELECT kind, sum(due)::int AS due, sum(put_off)::int AS "putOff", sum(dead)::int AS dead,
           min(oldest) AS "oldestDueAt"
    FROM (
      SELECT kind, count(*) FILTER (WHERE due_at <= ${now}::timestamptz) AS due,
             count(*) FILTER (WHERE due_at > ${now}::timestamptz AND attempts > 0) AS put_off, 0 AS dead,
             min(due_at) FILTER (WHERE due_at <= ${now}::timestamptz) AS oldest
      FROM outbox WHERE closed_at IS NULL AND dead_at IS NULL GROUP BY kind
      UNION ALL
      SELECT kind, 0, 0, count(*), NULL FROM outbox WHERE dead_at IS NOT NULL GROUP BY kind) AS part
    GROUP BY kind`
}
