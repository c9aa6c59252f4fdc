import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, IdempotencyConflict } from '../../platform/errors.ts'
import { type Claim, findAnswers, nameOf, storeAnswers } from '../../platform/idempotency.ts'
import { humanCode, newId } from '../../platform/ids.ts'
import { enqueue, type Job } from '../../platform/outbox.ts'
import type { Tx } from '../../platform/prisma.ts'
import { issueTickets } from '../tickets/issue-tickets.ts'
import { SEND_TICKETS } from '../tickets/send-tickets.job.ts'
import { orderAccessToken } from './access-token.ts'
import { type Decided, decideOrder } from './decide-order.ts'
import { EXPIRE_ORDER } from './expire-order.job.ts'
import { insertLines, insertOrders } from './insert-orders.ts'
import type { Buyer, Cart } from './order-input.ts'
import { lockStock, moveStock, type OrderView, orderById } from './queries.ts'

/** One parsed createOrder, ready to be decided. */
export interface OrderRequest {
  readonly claim: Claim
  readonly accountId: string | null
  readonly buyer: Buyer
  readonly cart: Cart
}

export type OrderOutcome = { readonly order: OrderView; readonly replayed: boolean } | DomainError

interface Placed {
  readonly request: OrderRequest
  readonly order: OrderView
}

/**
 * Decides and writes a batch of orders inside one serializable transaction: first come, first served, in the order of
 * the batch, with one statement a kind. Answers in the same order.
 */
export async function writeOrders(
  deps: Deps,
  tx: Tx,
  requests: readonly OrderRequest[],
): Promise<OrderOutcome[]> {
  const found = await findAnswers<OrderView>(
    deps,
    tx,
    requests.map((request) => request.claim),
  )
  const answered = new Map<string, { inputHash: Buffer; outcome: OrderOutcome }>(
    found.map(({ claim, conflict, value }) => [
      nameOf(claim),
      {
        inputHash: claim.inputHash,
        outcome: conflict ? new IdempotencyConflict() : { order: value, replayed: true },
      },
    ]),
  )
  const open = requests.filter((request) => !answered.has(nameOf(request.claim)))
  const stock = await lockStock(tx, {
    events: distinct(open.flatMap(({ cart }) => cart.eventId ?? [])),
    categories: distinct(open.flatMap(({ cart }) => cart.tickets.map((demand) => demand.itemId))),
    variants: distinct(open.flatMap(({ cart }) => cart.merchandise.map((demand) => demand.itemId))),
  })
  const now = deps.clock.now()
  const placed: Placed[] = []
  const outcomes = requests.map((request): OrderOutcome => {
    const before = answered.get(nameOf(request.claim))
    if (before)
      return before.inputHash.equals(request.claim.inputHash) ? before.outcome : new IdempotencyConflict()
    const decided = decideOrder(stock, request.cart, now)
    if (decided instanceof DomainError) return decided
    const order = orderOf(deps, request, decided, now)
    placed.push({ request, order })
    // The same key again in this batch waits for nothing: it replays.
    answered.set(nameOf(request.claim), {
      inputHash: request.claim.inputHash,
      outcome: { order, replayed: true },
    })
    return { order, replayed: false }
  })
  if (placed.length > 0) await persist(deps, tx, placed)
  return outcomes
}

const distinct = (ids: string[]): string[] => [...new Set(ids)].sort()

function orderOf(deps: Deps, { accountId, buyer }: OrderRequest, decided: Decided, now: Date): OrderView {
  const id = newId()
  const code = humanCode(10)
  const free = decided.totalMinor === 0n
  return {
    id,
    number: `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`,
    organizerId: decided.organizerId,
    eventId: decided.eventId,
    accountId,
    buyerName: buyer.name,
    buyerEmail: buyer.email,
    buyerPhone: buyer.phone,
    // There is nothing to pay for, so nothing to wait for.
    status: free ? 'PAID' : 'PENDING_PAYMENT',
    currencyCode: decided.currencyCode,
    subtotalMinor: decided.totalMinor,
    discountMinor: 0n,
    totalMinor: decided.totalMinor,
    refundedMinor: 0n,
    promoCodeId: null,
    promoCode: null,
    cancelReason: null,
    createdAt: now,
    expiresAt: addSeconds(now, deps.settings.orderTtlSeconds),
    paidAt: free ? now : null,
    releasedAt: null,
    lines: decided.lines.map((line) => ({ ...line, orderId: id, restockedQuantity: 0 })),
    payments: [],
    tickets: [],
    accessToken: orderAccessToken(deps.settings.linkSecret, id),
  }
}

async function persist(deps: Deps, tx: Tx, placed: readonly Placed[]): Promise<void> {
  const lines = placed.flatMap(({ order }) => order.lines)
  await moveStock(deps, tx, {
    categories: taken(lines.map((line) => [line.ticketCategoryId, line.quantity])),
    variants: taken(lines.map((line) => [line.variantId, line.quantity])),
  })
  await insertOrders(
    tx,
    placed.map(({ order }) => order),
  )
  await insertLines(tx, lines)
  for (const { order } of placed) {
    if (order.status !== 'PAID') continue
    await issueTickets(deps, tx, order.id)
    order.tickets = (await orderById(tx, order.id))?.tickets ?? []
  }
  await enqueue(
    deps,
    tx,
    placed.map(({ order }) => jobOf(order)),
  )
  await storeAnswers(
    deps,
    tx,
    placed.map(({ request, order }) => ({ claim: request.claim, value: order })),
  )
}

const jobOf = (order: OrderView): Job =>
  order.status === 'PAID'
    ? { kind: SEND_TICKETS, payload: { orderId: order.id } }
    : { kind: EXPIRE_ORDER, payload: { orderId: order.id }, dueAt: order.expiresAt }

function taken(units: (readonly [string | null, number])[]): Map<string, number> {
  const moves = new Map<string, number>()
  for (const [id, quantity] of units) if (id) moves.set(id, (moves.get(id) ?? 0) - quantity)
  return moves
}
