// How everything but new orders comes to the stock rows of a hot event: cancellation, expiry, late and reversed payments.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deps } from '../../platform/deps.ts'
import { Busy } from '../../platform/errors.ts'
import type { Tx } from '../../platform/prisma.ts'
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
 * process. Both are for speed only: what is right is decided by the locks. Throws `Busy` when that takes too long.
 */
export async function whenStockIsFree<T>(
  { prisma }: Pick<Deps, 'prisma'>,
  { eventId, organizerId }: Scope,
  transaction: () => Promise<T>,
): Promise<T> {
  const own = lanes.get(prisma) ?? new Map<string, (() => void)[]>()
  lanes.set(prisma, own)
  const lane = eventId ?? organizerId
  const waiting = own.get(lane)
  if (!waiting) own.set(lane, [])
  else if (waiting.length >= MAX_WAITING) throw new Busy()
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await untilFree(transaction)
  } finally {
    const next = own.get(lane)?.shift()
    if (next) next()
    else own.delete(lane)
  }
}

async function untilFree<T>(transaction: () => Promise<T>): Promise<T> {
  const began = performance.now()
  for (;;) {
    try {
      return await transaction()
    } catch (error) {
      if (!(error instanceof StockIsTaken)) throw error
      if (performance.now() - began > PATIENCE_MS) throw new Busy()
      await sleep(Math.random() * MAX_PAUSE_MS)
    }
  }
}
