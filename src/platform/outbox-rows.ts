// What relay and workers read and write of the outbox. Each is one statement, whatever the number of rows.
import { arrayLiteral } from './array-literal.ts'
import type { Deps } from './deps.ts'
import type { Sql } from './sql.ts'

// As the column has it for a new row.
const ATTEMPTS = 12

type Payload = Readonly<Record<string, unknown>>

export interface OpenRow {
  readonly id: string
  readonly kind: string
  readonly payload: Payload
  /** How often it was begun. */
  readonly attempts: number
  readonly giveUpAfter: number
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

/** Some kinds of jobs: those that are named, in the order in which they matter, or all that are not. */
export type Kinds = { readonly only: readonly string[] } | { readonly allBut: readonly string[] }

/**
 * Takes up to `most` rows of these kinds that are due and either were never handed over or not heard of since `silentSince`,
 * the kind that is named first before all others. Relays that ask at once get different rows: one skips what another has
 * locked.
 *
 * It goes from kind to kind in the index and reads the first rows of each: the rows of other kinds, of which any number may
 * be due, are not looked at. As a join the UPDATE would read all of a middling table.
 */
export const claimDue = (deps: Reads, kinds: Kinds, silentSince: Date, most: number): Promise<OpenRow[]> => {
  const now = deps.clock.now()
  const isOnly = 'only' in kinds
  const named = arrayLiteral(isOnly ? kinds.only : kinds.allBut)
  return deps.prisma.$queryRaw<OpenRow[]>`
    WITH RECURSIVE open_kind AS (
      SELECT min(kind) AS kind FROM outbox WHERE closed_at IS NULL AND dead_at IS NULL
      UNION ALL
      SELECT (SELECT min(kind) FROM outbox
              WHERE closed_at IS NULL AND dead_at IS NULL AND outbox.kind > open_kind.kind)
      FROM open_kind WHERE kind IS NOT NULL),
    due AS (
      SELECT first.id FROM open_kind CROSS JOIN LATERAL (
        SELECT id, due_at FROM outbox
        WHERE outbox.kind = open_kind.kind AND closed_at IS NULL AND dead_at IS NULL
          AND due_at <= ${now}::timestamptz
          AND (offered_at IS NULL OR offered_at < ${silentSince}::timestamptz)
        ORDER BY due_at, id LIMIT ${most}::int FOR UPDATE SKIP LOCKED) AS first
      WHERE (open_kind.kind = ANY(${named}::text[])) = ${isOnly}::boolean
      ORDER BY CASE WHEN ${isOnly}::boolean THEN array_position(${named}::text[], open_kind.kind) END,
        first.due_at, first.id LIMIT ${most}::int)
    UPDATE outbox SET offered_at = ${now}::timestamptz WHERE id = ANY(ARRAY(SELECT id FROM due))
    RETURNING id, kind, payload, attempts, give_up_after AS "giveUpAfter"`
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
    RETURNING outbox.id, kind, payload, outbox.attempts, give_up_after AS "giveUpAfter"`
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
    UPDATE outbox SET closed_at = ${deps.clock.now()}::timestamptz, error = NULL
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
      error = coalesce(${error}, error, 'The process ended while the job ran.'),
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
