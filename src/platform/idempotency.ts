import { createHash } from 'node:crypto'
import { addSeconds } from './clock.ts'
import type { Deps } from './deps.ts'
import { IdempotencyConflict, invalid } from './errors.ts'
import type { Tx } from './prisma.ts'
import { serializable } from './serializable.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'

/** One use of an idempotency key. The same key of another caller or mutation is another claim. */
export interface Claim {
  readonly caller: string
  readonly mutation: string
  readonly key: string
  readonly inputHash: Buffer
}

export interface Answer<T> {
  readonly value: T
  /** True when an earlier call made the effect and this is its stored answer. */
  readonly replayed: boolean
}

const KEY = /^[\x20-\x7e]{8,255}$/

/** Checks the key's form (8–255 printable ASCII characters) and binds it to caller, mutation and input. */
export function claimOf(caller: string, mutation: string, key: string, input: unknown): Claim {
  if (!KEY.test(key)) {
    throw invalid(['idempotencyKey'], 'An idempotency key is 8 to 255 printable ASCII characters.')
  }
  const inputHash = createHash('sha256').update(canonical(input)).digest()
  return { caller, mutation, key, inputHash }
}

/**
 * Runs `work` once a claim: effect and answer commit in one serializable transaction. A refusal that `work` throws
 * rolls back and is not stored.
 */
export async function idempotent<T>(
  deps: Deps,
  claim: Claim,
  work: (tx: Tx) => Promise<T>,
): Promise<Answer<T>> {
  const answer = await serializable(deps, claim.mutation, async (tx) => {
    const stored = await findAnswer<T>(deps, tx, claim)
    if (stored) return { value: stored.value, replayed: true }
    const value = await work(tx)
    await storeAnswers(deps, tx, [{ claim, value }])
    return { value, replayed: false }
  })
  if (answer.replayed) deps.metrics.replays.inc({ mutation: claim.mutation })
  return answer
}

/** The stored answer of a claim, or null. Throws IdempotencyConflict when the key stands with other input. */
async function findAnswer<T>(deps: Deps, tx: Tx, claim: Claim): Promise<{ value: T } | null> {
  const [found] = await findAnswers<T>(deps, tx, [claim])
  if (!found) return null
  if (found.conflict) throw new IdempotencyConflict()
  return found.pending ? null : { value: found.value }
}

/**
 * The first phase of a command that must call somebody between two transactions: claims the key without an answer, in
 * the transaction that notes what will be asked for. Gives the answer when there is one already. The last phase is
 * `idempotent` with the same claim; a command that died in between is taken up again by the client's retry.
 */
export async function claimKey<T>(deps: Deps, tx: Tx, claim: Claim): Promise<{ value: T } | null> {
  const stored = await findAnswer<T>(deps, tx, claim)
  if (!stored) await storeRows(deps, tx, [{ claim, answer: null }])
  return stored
}

export interface FoundAnswer<T> {
  readonly claim: Claim
  /** The key stands with other input. */
  readonly conflict: boolean
  /** Claimed by a command of several phases that has not answered yet; `value` is then null. */
  readonly pending: boolean
  readonly value: T
}

interface KeyRow {
  caller: string
  mutation: string
  key: string
  input_hash: Uint8Array
  answer: unknown
}

/** The stored answers among many claims, in one statement. Keys past their time are as if never used. */
export async function findAnswers<T>(
  deps: Deps,
  tx: Tx,
  claims: readonly Claim[],
): Promise<FoundAnswer<T>[]> {
  const rows = await tx.$queryRaw<KeyRow[]>`
    SELECT k.caller, k.mutation, k.key, k.input_hash, k.answer
    FROM unnest(${claims.map((c) => c.caller)}::text[], ${claims.map((c) => c.mutation)}::text[],
                ${claims.map((c) => c.key)}::text[]) AS wanted (caller, mutation, key)
    JOIN idempotency_key k USING (caller, mutation, key)
    WHERE k.expires_at > ${deps.clock.now()}`
  const byName = new Map(rows.map((row) => [nameOf(row), row]))
  return claims.flatMap((claim) => {
    const row = byName.get(nameOf(claim))
    if (!row) return []
    const conflict = !claim.inputHash.equals(row.input_hash)
    return [{ claim, conflict, pending: row.answer === null, value: decodeSnapshot<T>(row.answer) }]
  })
}

/** Stores the answers of effects of this transaction. */
export async function storeAnswers(
  deps: Deps,
  tx: Tx,
  answers: readonly { claim: Claim; value: unknown }[],
): Promise<void> {
  if (answers.length === 0) return
  await storeRows(
    deps,
    tx,
    answers.map(({ claim, value }) => ({ claim, answer: encodeSnapshot(value) })),
  )
}

async function storeRows(deps: Deps, tx: Tx, rows: { claim: Claim; answer: string | null }[]): Promise<void> {
  const now = deps.clock.now()
  const expiresAt = addSeconds(now, deps.settings.idempotencyTtlSeconds)
  // Replaced is only a row past its time, or the same claim without an answer. A row that somebody else wrote since this
  // transaction began is not skipped: at this isolation PostgreSQL reports it as a conflict, and the runner tries again.
  await tx.$executeRaw`
    INSERT INTO idempotency_key (caller, mutation, key, input_hash, answer, created_at, expires_at)
    SELECT caller, mutation, key, decode(input_hash, 'hex'), answer::jsonb, ${now}::timestamptz,
           ${expiresAt}::timestamptz
    FROM unnest(${rows.map(({ claim }) => claim.caller)}::text[], ${rows.map(({ claim }) => claim.mutation)}::text[],
                ${rows.map(({ claim }) => claim.key)}::text[],
                ${rows.map(({ claim }) => claim.inputHash.toString('hex'))}::text[],
                ${rows.map(({ answer }) => answer)}::text[]) AS row (caller, mutation, key, input_hash, answer)
    ON CONFLICT (caller, mutation, key) DO UPDATE
      SET input_hash = excluded.input_hash, answer = excluded.answer,
          created_at = excluded.created_at, expires_at = excluded.expires_at
      WHERE idempotency_key.expires_at <= excluded.created_at
         OR (idempotency_key.answer IS NULL AND idempotency_key.input_hash = excluded.input_hash)`
}

/** A name for maps: caller, mutation and key hold no newline. */
export const nameOf = (claim: { caller: string; mutation: string; key: string }): string =>
  `${claim.caller}\n${claim.mutation}\n${claim.key}`

/** JSON with sorted keys and without undefined, so that order and spacing of the input do not matter. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? `"${value}"` : (JSON.stringify(value) ?? 'null')
  }
  if (value instanceof Date) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`
}
