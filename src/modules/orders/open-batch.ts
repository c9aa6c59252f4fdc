// The first statement of a batch of orders.
import type { Deps } from '../../platform/deps.ts'
import { type Claim, type FoundAnswer, findAnswers, insertKeys } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { Sql } from '../../platform/sql.ts'
import { keptColumn } from '../../platform/turns.ts'
import type { Basket } from '../holds/basket.ts'
import { type StockTexts, stockColumns, stockOf, stockWanted } from '../holds/stock-rows.ts'
import { type KeptAnswer, keptAnswer } from './order-answers.ts'

interface Opening {
  readonly claim: Claim
  readonly cart: Basket
}

/** A key, and the order that it is for if this one is placed. */
export interface Keyed {
  readonly claim: Claim
  readonly orderId: string
}

/** Each key once, for whoever came first with it. */
export function keysFor(requests: readonly Opening[]): Map<string, Keyed> {
  const keys = new Map<string, Keyed>()
  for (const { claim } of requests) if (!keys.has(claim.id)) keys.set(claim.id, { claim, orderId: newId() })
  return keys
}

/**
 * Claims the keys, each for the order that may come of it, and locks the stock that the batch wants. Keys in their order: two
 * batches that have two in common would else wait for each other. Claimed, not looked for: a look takes note of a page of the
 * index, and whoever writes another key there, for whatever event, is a conflict.
 */
export async function openBatch(deps: Deps, tx: Sql, requests: readonly Opening[], keys: readonly Keyed[]) {
  const rows = keys
    .map(({ claim, orderId }) => ({ claim, answer: keptAnswer(orderId) }))
    .sort((one, other) => (one.claim.id < other.claim.id ? -1 : 1))
  const [read] = await tx.$queryRaw<(StockTexts & { claimed: number; keptMs: number })[]>`
    WITH claimed AS (${insertKeys(deps, rows, deps.clock.now())} RETURNING 1)
    SELECT (SELECT count(*)::int FROM claimed) AS claimed,
           ${keptColumn} AS "keptMs",
           ${stockColumns(stockWanted(requests.map(({ cart }) => cart)))}`
  if (!read) throw new Error('A SELECT without FROM has one row.')
  return {
    found: read.claimed < keys.length ? await othersAmong(deps, tx, keys) : [],
    stock: stockOf(read),
    keptMs: read.keptMs,
  }
}

/** What was answered before. */
async function othersAmong(deps: Deps, tx: Sql, keys: readonly Keyed[]): Promise<FoundAnswer<KeptAnswer>[]> {
  const found = await findAnswers<KeptAnswer>(
    deps,
    tx,
    keys.map(({ claim }) => claim),
  )
  const own = new Set(keys.map(({ orderId }) => orderId))
  return found.filter(({ value }) => !('orderId' in value && own.has(value.orderId)))
}
