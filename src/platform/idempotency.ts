import { hash } from 'node:crypto'
import { arrayLiteral } from './array-literal.ts'
import { addSeconds } from './clock.ts'
import type { Deps } from './deps.ts'
import { IdempotencyConflict, invalid } from './errors.ts'
import { Prisma, type Tx } from './prisma.ts'
import { serializable, type TxOptions } from './serializable.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'
import type { Sql } from './sql.ts'

/** One use of an idempotency key. The same key of another caller or mutation is another claim. */
export interface Claim {
  /** Of caller, mutation and key together. */
  readonly id: string
  readonly mutation: string
  /** Of the canonical input; hexadecimal. */
  readonly inputHash: string
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
  // None of the three can hold a line break: e-mails and keys are checked, and the rest is ours.
  const name = hash('sha256', `${caller}\n${mutation}\n${key}`, 'hex')
  return { id: uuidOf(name), mutation, inputHash: hash('sha256', canonical(input), 'hex') }
}

/**
 * Runs `work` once a claim: effect and answer commit in one serializable transaction. A refusal that `work` throws
 * rolls back and is not stored. Of two at once with one claim the second waits, runs again and replays.
 */
export async function idempotent<T>(
  deps: Deps,
  claim: Claim,
  work: (tx: Tx, attempt: number) => Promise<T>,
  options?: TxOptions,
): Promise<Answer<T>> {
  const once = async (tx: Tx, attempt: number) => {
    // The same for both, so that the answer changes no index.
    const now = deps.clock.now()
    const stored = await claimKey<T>(deps, tx, claim, now)
    if (stored) return { value: stored.value, replayed: true }
    const value = await work(tx, attempt)
    await storeAnswers(deps, tx, [{ claim, value }], now)
    return { value, replayed: false }
  }
  const answer = await serializable(deps, claim.mutation, once, options)
  if (answer.replayed) deps.metrics.replays.inc({ mutation: claim.mutation })
  return answer
}

/**
 * Claims the key without an answer, or gives the answer when there is one already. Throws IdempotencyConflict when the key
 * stands with other input. Not by looking first: a serializable transaction that looks for a key takes note of a page of
 * the index, and each of two that look and write on one page is a conflict to the other (docs/decisions/0004).
 *
 * It is also the first phase of a command that must call somebody between two transactions, in the one that notes what will
 * be asked for. The last phase is `idempotent` with the same claim; a command that died in between is taken up again by the
 * client's retry.
 */
export async function claimKey<T>(
  deps: Deps,
  tx: Tx,
  claim: Claim,
  now = deps.clock.now(),
): Promise<{ value: T } | null> {
  if ((await tx.$executeRaw(insertKeys(deps, [{ claim, answer: null }], now))) === 1) return null
  const [found] = await findAnswers<T>(deps, tx, [claim])
  if (!found) throw new Error('A key that could not be claimed is there.')
  if (found.conflict) throw new IdempotencyConflict()
  return { value: found.value }
}

export interface FoundAnswer<T> {
  readonly claim: Claim
  /** Of the input that the key stands with. */
  readonly inputHash: string
  /** That is other input than the claim's. */
  readonly conflict: boolean
  readonly value: T
}

interface KeyRow {
  readonly id: string
  readonly inputHash: string
  readonly answer: unknown
  readonly live: boolean
}

/**
 * One value of a SELECT: a JSON text of the stored answers among many claims, null when there are none. The time is no
 * condition, because PostgreSQL would take it for the way in and read every key there is.
 */
export const answersColumn = (deps: Pick<Deps, 'clock'>, claims: readonly Claim[]): Prisma.Sql => Prisma.sql`
  (SELECT json_agg(k)::text FROM (
     SELECT id, encode(input_hash, 'hex') AS "inputHash", answer, expires_at > ${deps.clock.now()}::timestamptz AS live
     FROM idempotency_key WHERE id = ANY(${arrayLiteral(claims.map(({ id }) => id))}::uuid[])) k)`

/** What was found by answersColumn. Keys past their time are as if never used. */
export const answersIn = <T>(text: string | null, claims: readonly Claim[]): FoundAnswer<T>[] =>
  answersOf(
    rowsIn(text).filter(({ live }) => live),
    claims,
  )

/** What stands in the way of claims of this transaction, whatever the time is by now. */
export async function findAnswers<T>(
  deps: Pick<Deps, 'clock'>,
  tx: Sql,
  claims: readonly Claim[],
): Promise<FoundAnswer<T>[]> {
  const [read] = await tx.$queryRaw<
    { answers: string | null }[]
  >`SELECT ${answersColumn(deps, claims)} AS answers`
  return answersOf(rowsIn(read?.answers ?? null), claims)
}

const rowsIn = (text: string | null): KeyRow[] => (text === null ? [] : JSON.parse(text))

function answersOf<T>(rows: readonly KeyRow[], claims: readonly Claim[]): FoundAnswer<T>[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return claims.flatMap((claim) => {
    const row = byId.get(claim.id)
    if (!row) return []
    const { inputHash, answer } = row
    return [{ claim, inputHash, conflict: inputHash !== claim.inputHash, value: decodeSnapshot<T>(answer) }]
  })
}

/** Stores the answers of effects of this transaction. */
export async function storeAnswers(
  deps: Deps,
  tx: Sql,
  answers: readonly { claim: Claim; value: unknown }[],
  now = deps.clock.now(),
): Promise<void> {
  if (answers.length === 0) return
  const rows = answers.map(({ claim, value }) => ({ claim, answer: encodeSnapshot(value) }))
  await tx.$executeRaw(insertKeys(deps, rows, now))
}

interface NewKey {
  readonly claim: Claim
  /** JSON; null: there is no answer yet. */
  readonly answer: string | null
}

/**
 * An INSERT of keys, to be a part of a statement. Replaced is only a row past its time, or the same claim without an
 * answer. A row that somebody else wrote since the transaction began is not skipped: at its isolation PostgreSQL reports it
 * as a conflict, and the runner tries again.
 */
export const insertKeys = (
  { settings }: Pick<Deps, 'settings'>,
  rows: readonly NewKey[],
  now: Date,
): Prisma.Sql => Prisma.sql`
    INSERT INTO idempotency_key (id, input_hash, answer, expires_at)
    SELECT id, input_hash, answer, ${addSeconds(now, settings.idempotencyTtlSeconds)}::timestamptz
    FROM unnest(
      ${arrayLiteral(rows.map(({ claim }) => claim.id))}::uuid[],
      ${arrayLiteral(rows.map(({ claim }) => `\\x${claim.inputHash}`))}::bytea[],
      ${arrayLiteral(rows.map(({ answer }) => answer))}::jsonb[]
    ) AS row (id, input_hash, answer)
    ON CONFLICT (id) DO UPDATE
      SET input_hash = excluded.input_hash, answer = excluded.answer, expires_at = excluded.expires_at
      WHERE idempotency_key.expires_at <= ${now}::timestamptz
         OR (idempotency_key.answer IS NULL AND idempotency_key.input_hash = excluded.input_hash)`

/** A DELETE of keys that this transaction has inserted, to be a part of a statement. */
export const deleteKeys = (claims: readonly Claim[]): Prisma.Sql => Prisma.sql`
    DELETE FROM idempotency_key WHERE id = ANY(${arrayLiteral(claims.map(({ id }) => id))}::uuid[])`

const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`

/** JSON with sorted keys and without undefined, so that order and spacing of the input do not matter. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? `"${value}"` : (JSON.stringify(value) ?? 'null')
  }
  if (value instanceof Date) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const inner: unknown = Reflect.get(value, key)
    if (inner !== undefined) members += `${members && ','}${JSON.stringify(key)}:${canonical(inner)}`
  }
  return `{${members}}`
}
