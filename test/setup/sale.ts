// A sale under way: buyers who ask again, with the same key, until they are told of an order.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Answer, TestApp } from './app.ts'
import { expectInvariants } from './oracle.ts'
import { eventually, guest, key } from './shop.ts'

export interface Purchase {
  readonly idempotencyKey: string
  readonly input: { readonly buyer: { readonly email: string } }
}

interface Category {
  readonly id: string
  readonly eventId: string
}

/** One ticket for a new guest. */
export const purchaseOf = ({ id, eventId }: Category): Purchase => ({
  idempotencyKey: key(),
  input: { eventId, tickets: [{ ticketCategoryId: id, quantity: 1 }], buyer: guest() } as Purchase['input'],
})

export const buy = (app: Pick<TestApp, 'call'>, purchase: Purchase): Promise<Answer> =>
  app.call('CreateOrder', purchase)

const RETRYABLE = ['503 BUSY', '503 SERVICE_UNAVAILABLE', '504 EXECUTION_TIMEOUT']

/** That this answer names no order and says to ask again: which it was, as status and code. */
export function expectRetryable({ status, headers, body }: Answer): string {
  const said = `${status} ${body.errors?.[0]?.extensions?.code}`
  expect(RETRYABLE, JSON.stringify(body)).toContain(said)
  expect(Object.values(body.data ?? {}).filter((value) => value !== null)).toEqual([])
  expect(headers.get('cache-control')).toBe('no-store')
  if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(JSON.stringify(body)).not.toMatch(/prisma|postgres|terminat|ECONN|socket|57P0|standby|recovery/i)
  return said
}

export interface Sale {
  /** The order that was named for a key. */
  readonly told: ReadonlyMap<string, string>
  /** What was answered instead of an order, each with its status and code. */
  readonly refusals: readonly string[]
  /** Waits until so many have been told of their order. */
  until(count: number): Promise<void>
  /** Ends when all have been told. Fails at once when an answer is neither an order nor one to ask again after. */
  readonly done: Promise<void>
  /** That everybody has exactly one order, is told of the same one again, and that the invariants hold. */
  expectConverged(): Promise<void>
}

/** `count` purchases, `buyers` of them under way at a time. */
export function openSale(app: TestApp, category: Category, count: number, buyers = 16): Sale {
  const purchases = Array.from({ length: count }, () => purchaseOf(category))
  const told = new Map<string, string>()
  const refusals: string[] = []
  const waiting = [...purchases]

  async function persist(purchase: Purchase): Promise<void> {
    for (;;) {
      const answer = await buy(app, purchase)
      const order = answer.body.data?.createOrder
      if (order) {
        expect(order.__typename, JSON.stringify(order)).toBe('Order')
        told.set(purchase.idempotencyKey, order.id)
        return
      }
      refusals.push(expectRetryable(answer))
      // Sooner than Retry-After says: what holds for hasty clients holds for patient ones.
      await sleep(50)
    }
  }

  let over = false
  const done = Promise.all(
    Array.from({ length: buyers }, async () => {
      for (let purchase = waiting.shift(); purchase; purchase = waiting.shift()) await persist(purchase)
    }),
  ).then(() => undefined)
  done
    .catch(() => undefined)
    .finally(() => {
      over = true
    })

  return {
    told,
    refusals,
    done,
    until: (enough) => eventually(async () => over || told.size >= enough, 30),
    async expectConverged() {
      expect(told.size).toBe(count)
      const emails = purchases.map(({ input }) => input.buyer.email)
      const orders = await app.prisma.order.groupBy({
        by: ['buyerEmail'],
        where: { buyerEmail: { in: emails } },
        _count: true,
      })
      expect(orders.map(({ _count }) => _count)).toEqual(Array(count).fill(1))
      const again = await Promise.all(purchases.map((purchase) => buy(app, purchase)))
      expect(again.map(({ body }) => body.data?.createOrder.id)).toEqual(
        purchases.map(({ idempotencyKey }) => told.get(idempotencyKey)),
      )
      expect(again.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual(
        Array(count).fill('true'),
      )
      await expectInvariants(app.prisma, [...told.values()])
    },
  }
}
