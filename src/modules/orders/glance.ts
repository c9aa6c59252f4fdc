import type { Deps } from '../../platform/deps.ts'
import { answersColumn, answersIn } from '../../platform/idempotency.ts'
import { PLANNED_ANEW, Prisma } from '../../platform/prisma.ts'
import { SoldOut } from '../holds/errors.ts'
import { type Stock, type StockTexts, stockColumns, stockOf, stockWanted } from '../holds/stock-rows.ts'
import { decideOrder } from './decide-order.ts'
import { type KeptAnswer, type OrderOutcome, replays } from './order-answers.ts'
import type { Cart } from './order-input.ts'
import type { OrderRequest } from './write-orders.ts'

/** Answers orders for what is sold out without a transaction and without a lock. */
export interface Glance {
  /** Whether this process remembers something that one of them wants as sold out. */
  isWorthWhile(requests: readonly OrderRequest[]): boolean
  /** An outcome for each request that can have one without being written, null for the others. */
  at(requests: readonly OrderRequest[]): Promise<(OrderOutcome | null)[]>
  /** Notes what these outcomes say is sold out. */
  learn(outcomes: readonly OrderOutcome[]): void
}

const MANY = 10_000

/**
 * What this process remembers as sold out decides nothing: it only says for whom a look is worth while. The look is one
 * plain SELECT for many orders, which sees what is committed by now: a restock by any process at once, and the key of
 * whoever has a ticket already and asks again.
 */
export function createGlance(deps: Deps): Glance {
  const soldOut = new Set<string>()
  const isHopeless = ({ cart }: OrderRequest): boolean =>
    soldOut.size > 0 && [...cart.tickets, ...cart.merchandise].some(({ itemId }) => soldOut.has(itemId))

  async function look(requests: readonly OrderRequest[]): Promise<Map<OrderRequest, OrderOutcome>> {
    const claims = requests.map(({ claim }) => claim)
    const [read] = await deps.prisma.$queryRaw<(StockTexts & { answers: string | null })[]>`
      SELECT ${Prisma.raw(PLANNED_ANEW)} ${answersColumn(deps, claims)} AS answers,
             ${stockColumns(stockWanted(requests.map(({ cart }) => cart)), 'as it is')}`
    if (!read) return new Map()
    const before = await replays(deps, answersIn<KeptAnswer>(read.answers, claims))
    const stock = stockOf(read)
    for (const item of [...stock.categories.values(), ...stock.variants.values()])
      if (item.remaining > 0) soldOut.delete(item.id)
    const now = deps.clock.now()
    return new Map(
      requests.flatMap((request) => {
        const known = before.get(request.claim.id)
        if (known) return [[request, known] as const]
        const decided = decideOrder(copyOf(stock, request.cart), request.cart, noTerms, now)
        // Of what is left somebody may hold a part, so how much this buyer could have is not known here.
        return decided instanceof SoldOut && decided.remaining === 0 ? [[request, decided] as const] : []
      }),
    )
  }

  return {
    isWorthWhile: (requests) => requests.some(isHopeless),
    async at(requests) {
      // What fails here is tried where it is told apart from other failures.
      const outcomes = await look(requests.filter(isHopeless)).catch(
        () => new Map<OrderRequest, OrderOutcome>(),
      )
      return requests.map((request) => outcomes.get(request) ?? null)
    },
    learn(outcomes) {
      if (soldOut.size > MANY) soldOut.clear()
      for (const outcome of outcomes)
        if (outcome instanceof SoldOut && outcome.remaining === 0 && !outcome.held)
          soldOut.add(outcome.itemId)
    },
  }
}

// Whether something is sold out does not depend on who asks.
const noTerms = {
  allow: () => undefined,
  discount: () => ({ promoCodeId: null, promoCode: null, discountMinor: 0n }),
}

/** The stock that one cart wants: deciding takes it, and the next cart is to see all of it. */
function copyOf({ events, categories, variants }: Stock, { tickets, merchandise }: Cart): Stock {
  const copy = <Row extends object>(rows: ReadonlyMap<string, Row>, wanted: Cart['tickets']) =>
    new Map(
      wanted.flatMap(({ itemId }) => {
        const row = rows.get(itemId)
        return row ? [[itemId, { ...row }] as const] : []
      }),
    )
  return { events, categories: copy(categories, tickets), variants: copy(variants, merchandise) }
}
