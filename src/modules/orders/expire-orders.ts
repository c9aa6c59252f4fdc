import { setTimeout as sleep } from 'node:timers/promises'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { Busy, ExecutionTimeout } from '../../platform/errors.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { claimScope, dueOrders, forgetDone, itemsOf, lockDue, type Scope } from './expiry-queries.ts'
import { releaseOrders } from './release-order.ts'
import { lockFreeStock, whenStockIsFree } from './stock-lane.ts'

/** Ends every order whose time to pay is over; resolves with how many it ended. Stops between batches when told to. */
export type ExpirySweep = (signal?: AbortSignal) => Promise<number>

const BATCH = 200
const MAX_LOOK = 10_000
const REST = 2
const ASIDE_SECONDS = 60

/**
 * Any number of processes may sweep at once. An event is swept by one of them at a time; the others go on to other events.
 * An order that cannot be ended is put aside for a minute and keeps nobody waiting.
 */
export function createExpirySweep(deps: Deps): ExpirySweep {
  // Only saves work: a process that does not know of a poison order finds it by halving.
  const aside = new Map<string, Date>()

  /** How many were ended; null when this event must wait. */
  async function settle(scope: Scope, ids: readonly string[]): Promise<number | null> {
    try {
      return await expireBatch(deps, scope, ids)
    } catch (error) {
      // The database is busy or away: nobody's poison, and halving would only repeat the same wait.
      if (error instanceof Busy || error instanceof ExecutionTimeout) {
        deps.log.warn({ err: error, ...scope }, 'orders of an event could not be expired now')
        return null
      }
      const [first] = ids
      if (first && ids.length === 1) {
        deps.log.error({ err: error, orderId: first }, 'an order cannot be expired and will be tried again')
        deps.metrics.expiredOrders.inc({ outcome: 'failed' })
        aside.set(first, addSeconds(deps.clock.now(), ASIDE_SECONDS))
        return 0
      }
      const middle = ids.length >> 1
      const before = await settle(scope, ids.slice(0, middle))
      const after = await settle(scope, ids.slice(middle))
      return (before ?? 0) + (after ?? 0)
    }
  }

  /** How many orders were ended, and whether that left less to look at. */
  async function sweepOnce(signal: AbortSignal | undefined): Promise<{ ended: number; progress: boolean }> {
    const now = deps.clock.now()
    for (const [id, until] of aside) if (until <= now) aside.delete(id)
    let ended = 0
    let forgotten = 0
    let restMs = 0
    for (const { unpaid, done, ...scope } of await dueOrders(deps.prisma, now, MAX_LOOK, [...aside.keys()])) {
      if (done.length > 0) forgotten += await forgetDone(deps.prisma, done)
      for (let at = 0; at < unpaid.length && !signal?.aborted; at += BATCH) {
        // New orders want the same stock rows, and a batch costs them one of theirs: they get most of the time.
        await sleep(restMs)
        const began = performance.now()
        const count = await settle(scope, unpaid.slice(at, at + BATCH))
        restMs = REST * (performance.now() - began)
        if (count === null) break
        ended += count
      }
    }
    return { ended, progress: ended + forgotten > 0 }
  }

  return async (signal) => {
    let total = 0
    for (;;) {
      const { ended, progress } = await sweepOnce(signal)
      total += ended
      // What is left is being paid, is swept by another process, or cannot be ended now.
      if (!progress || signal?.aborted) return total
    }
  }
}

/** One serializable transaction, all of it within one event. Null when another process sweeps this event. */
async function expireBatch(deps: Deps, scope: Scope, ids: readonly string[]): Promise<number | null> {
  const items = await itemsOf(deps.prisma, ids)
  const once = async (tx: Tx) => {
    if (!(await claimScope(tx, scope))) return null
    await lockFreeStock(tx, items)
    const due = await lockDue(tx, ids, deps.clock.now())
    if (due.length > 0) await releaseOrders(deps, tx, due, 'EXPIRED')
    return due.length
  }
  const ended = await whenStockIsFree(deps, scope, (options) =>
    serializable(deps, 'expireOrders', once, options),
  )
  if (ended) deps.metrics.expiredOrders.inc({ outcome: 'expired' }, ended)
  return ended
}
