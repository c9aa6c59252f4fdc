// How everything but new orders comes to the stock rows of a hot event: cancellation, expiry, late and reversed payments.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deps } from '../../platform/deps.ts'
import { Busy } from '../../platform/errors.ts'
import type { Tx } from '../../platform/prisma.ts'
import type { TxOptions } from '../../platform/serializable.ts'
import { turnOf } from '../../platform/turns.ts'
import type { Scope } from './expiry-queries.ts'

/** Either a ticket category or a variant. */
export interface Item {
  readonly ticketCategoryId: string | null
  readonly variantId: string | null
}

// Some seconds of work: whoever comes behind that is better told at once.
const MAX_WAITING = 200
const PATIENCE_MS = 8_000
const MAX_PAUSE_MS = 10

/** Somebody else has a lock on the stock. It rolls back, and nothing is lost by that: it is the first that is asked. */
class StockIsTaken extends Error {}

/**
 * Locks the stock of these items, before a transaction does anything else. Does not wait: whoever waits for a row that
 * changes has a snapshot from before the change when the lock comes, which at this isolation level is a conflict. On a hot
 * item it would be one each time. Only within `whenStockIsFree`.
 */
export async function lockFreeStock(tx: Tx, items: readonly Item[]): Promise<void> {
  const categories = new Set(items.flatMap(({ ticketCategoryId }) => ticketCategoryId ?? []))
  const variants = new Set(items.flatMap(({ variantId }) => variantId ?? []))
  let locked = 0
  if (categories.size > 0) {
    locked += await tx.$executeRaw`
      SELECT id FROM ticket_category WHERE id = ANY (${[...categories]}::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED`
  }
  if (variants.size > 0) {
    locked += await tx.$executeRaw`
      SELECT id FROM merchandise_variant WHERE id = ANY (${[...variants]}::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED`
  }
  if (locked < categories.size + variants.size) throw new StockIsTaken()
}

const lanes = new WeakMap<Deps['prisma'], Map<string, (() => void)[]>>()

/**
 * Runs a transaction that begins with `lockFreeStock` until it finds the stock free; one at a time for an event in this
 * process. Whoever does not find it free at once waits for a turn among the batches of orders: between two of them it is free
 * for a moment only. All this is for speed: what is right is decided by the locks. Throws `Busy` when it takes too long.
 */
export async function whenStockIsFree<T>(
  { prisma }: Pick<Deps, 'prisma'>,
  { eventId, organizerId }: Scope,
  transaction: (options: TxOptions) => Promise<T>,
): Promise<T> {
  const own = lanes.get(prisma) ?? new Map<string, (() => void)[]>()
  lanes.set(prisma, own)
  const lane = eventId ?? organizerId
  const waiting = own.get(lane)
  if (!waiting) own.set(lane, [])
  else if (waiting.length >= MAX_WAITING) throw new Busy()
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await untilFree(transaction, turnOf(lane))
  } finally {
    const next = own.get(lane)?.shift()
    if (next) next()
    else own.delete(lane)
  }
}

async function untilFree<T>(transaction: (options: TxOptions) => Promise<T>, turn: string): Promise<T> {
  const began = performance.now()
  let first: string | undefined
  for (;;) {
    try {
      return await transaction({ first })
    } catch (error) {
      if (!(error instanceof StockIsTaken)) throw error
      if (performance.now() - began > PATIENCE_MS) throw new Busy()
      first = turn
      await sleep(Math.random() * MAX_PAUSE_MS)
    }
  }
}
