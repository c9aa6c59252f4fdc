import type { Locale } from '../../generated/prisma/enums.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, IdempotencyConflict } from '../../platform/errors.ts'
import { causerOf } from '../../platform/fairness.ts'
import { type Claim, type FoundAnswer, storeAnswers } from '../../platform/idempotency.ts'
import { humanCode } from '../../platform/ids.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { changed } from '../../platform/public-changes.ts'
import type { Sql } from '../../platform/sql.ts'
import type { Written } from '../../platform/transact.ts'
import { HoldExpired } from '../holds/errors.ts'
import { Held, type HeldUnits, type OrderHold } from '../holds/held.ts'
import type { Opening } from '../holds/open-units.ts'
import type { Stock } from '../holds/stock-rows.ts'
import { SEND_FREE_TICKETS } from '../messages/causes.ts'
import { issueTickets } from '../tickets/issue-tickets.ts'
import type { Admission } from '../waiting-room/admission-token.ts'
import { orderAccessToken } from './access-token.ts'
import { admissionFor, usedAdmissions } from './admit.ts'
import { keysOf, networkKeyOf, readTerms } from './buyer-terms.ts'
import { type Decided, decideOrder } from './decide-order.ts'
import { type Keyed, keysFor, openBatch } from './open-batch.ts'
import { openFulfilments } from './open-fulfilments.ts'
import type { KeptAnswer, OrderOutcome } from './order-answers.ts'
import type { Buyer, Cart } from './order-input.ts'
import { takeUses } from './promo-uses.ts'
import type { OrderView } from './queries.ts'
import { soldOutTags } from './sold-out-tags.ts'
import { storeOrders } from './store-orders.ts'

/** One parsed createOrder, ready to be decided. */
export interface OrderRequest {
  readonly claim: Claim
  readonly accountId: string | null
  readonly buyer: Buyer
  /** Where it came from, as `networkOf` names it. */
  readonly network: string
  /** Of messages about the order. */
  readonly locale: Locale
  /** Of the app that asks, as it says; null where it says nothing. */
  readonly deviceId: string | null
  readonly cart: Cart
  /** False where too many codes were tried that are not there; a replay is answered all the same. */
  readonly mayLookUpCode: boolean
  /** Checked, and perhaps used up: the transaction finds out. */
  readonly admission: Admission | null
  /** The hold that the order uses up. */
  readonly hold: OrderHold | null
  /** The hold that it names cannot be used; a replay is answered all the same. */
  readonly holdIsOver: boolean
  /** What it counts for in its network. */
  readonly opening: Opening
}

/** What became of a request; or what its key has kept, for that is not read again while stock is locked. */
export type Decision = OrderOutcome | FoundAnswer<KeptAnswer>

/** What goes on around a batch. */
interface Around {
  /** Runs when PostgreSQL has been asked: it has the longer way. */
  askMeanwhile(): Meanwhile
  /** So long after BEGIN PostgreSQL came to it, in milliseconds. */
  kept(ms: number): void
}

/** What Redis is asked while PostgreSQL reads. */
interface Meanwhile {
  readonly heldUnits: Promise<HeldUnits>
  /** By request: why it must not be placed, or null. */
  readonly refusals: Promise<readonly (DomainError | null)[]>
  /** By request: that its network has as much as it may, or null; a replay is answered all the same. */
  readonly crowded: Promise<readonly (DomainError | null)[]>
}

/**
 * Decides and writes a batch of orders inside one serializable transaction: first come, first served, in the order of
 * the batch, with one statement a kind. Decides in the same order.
 */
export async function writeOrders(
  deps: Deps,
  tx: Sql,
  requests: readonly OrderRequest[],
  { askMeanwhile, kept }: Around,
): Promise<Written<Decision[]>> {
  const keys = keysFor(requests)
  const opening = openBatch(deps, tx, requests, [...keys.values()])
  const { heldUnits, refusals, crowded } = askMeanwhile()
  const { found, stock, keptMs } = await opening
  kept(keptMs)
  const answered = new Map<string, { inputHash: string; decision: Decision }>(
    // Who asks with other input than it stands with does not come so far.
    found.map((kept) => [
      kept.claim.id,
      { inputHash: kept.inputHash, decision: { ...kept, conflict: false } },
    ]),
  )
  const own = [...keys.values()].filter(({ claim }) => !answered.has(claim.id))
  const open = requests.filter((request) => !answered.has(request.claim.id))
  const admissions = await usedAdmissions(tx, open)
  const now = deps.clock.now()
  const terms = await readTerms(tx, stock, open, now, deps.settings.linkSecret)
  const placed = new Map<string, OrderView>()
  const held = new Held(await heldUnits)
  const refused = await refusals
  const full = await crowded
  const decisions = requests.map((request, index): Decision => {
    const refusal = refused[index]
    if (refusal) return refusal
    const before = answered.get(request.claim.id)
    if (before)
      return before.inputHash === request.claim.inputHash ? before.decision : new IdempotencyConflict()
    const key = keys.get(request.claim.id)
    if (key?.claim.inputHash !== request.claim.inputHash) return new IdempotencyConflict()
    const isFull = full[index]
    if (isFull) return isFull
    if (request.holdIsOver) return new HoldExpired()
    const admission = admissionFor(stock.events, request, admissions)
    if (admission instanceof DomainError) return admission
    const decided = decideOrder(stock, request.cart, terms.of(request), now, held.freeFor(request.hold))
    if (decided instanceof DomainError) return decided
    const order = orderOf(deps, key.orderId, request, decided, now, admission)
    if (admission) admissions.add(admission)
    placed.set(request.claim.id, order)
    terms.placed(order)
    held.used(request.hold)
    // The same key again in this batch waits for nothing: it replays.
    answered.set(request.claim.id, {
      inputHash: request.claim.inputHash,
      decision: { order, replayed: true },
    })
    return { order, replayed: false }
  })
  return { value: decisions, last: await persist(deps, tx, own, placed, stock, open) }
}

function orderOf(
  deps: Deps,
  id: string,
  request: OrderRequest,
  decided: Decided,
  now: Date,
  admissionId: string | null,
): OrderView {
  const code = humanCode(10)
  const free = decided.totalMinor === 0n
  const expiresAt = addSeconds(now, deps.settings.orderTtlSeconds)
  return {
    id,
    number: `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`,
    organizerId: decided.organizerId,
    eventId: decided.eventId,
    buyerName: request.buyer.name,
    buyerEmail: request.buyer.email,
    buyerPhone: request.buyer.phone,
    ...keysOf(request),
    // Anybody may place it under anybody's e-mail, and nobody pays: it counts for that e-mail only from there.
    buyerNetwork:
      free && request.accountId === null ? networkKeyOf(deps.settings.linkSecret, request.network) : null,
    // There is nothing to pay for, so nothing to wait for.
    status: free ? 'PAID' : 'PENDING_PAYMENT',
    currencyCode: decided.currencyCode,
    subtotalMinor: decided.subtotalMinor,
    discountMinor: decided.discountMinor,
    totalMinor: decided.totalMinor,
    refundedMinor: 0n,
    promoCodeId: decided.promoCodeId,
    promoCode: decided.promoCode,
    cancelReason: null,
    createdAt: now,
    expiresAt,
    dueAt: free ? null : expiresAt,
    paidAt: free ? now : null,
    releasedAt: null,
    admissionId,
    locale: request.locale,
    whatsapp: request.buyer.whatsapp,
    lines: decided.lines.map((line) => ({ ...line, orderId: id, restockedQuantity: 0, refundedQuantity: 0 })),
    payments: [],
    tickets: [],
    refunds: [],
    // Made for the answer, when the stock is not locked any more.
    get accessToken() {
      return orderAccessToken(deps.settings.linkSecret, id)
    },
  }
}

/** Gives the last statement, if it can be the last: what orders bring along refers to them. */
async function persist(
  deps: Deps,
  tx: Sql,
  own: readonly Keyed[],
  placed: ReadonlyMap<string, OrderView>,
  stock: Stock,
  requests: readonly OrderRequest[],
): Promise<Prisma.Sql | null> {
  const orders = [...placed.values()]
  const free = own.flatMap(({ claim }) => {
    const order = placed.get(claim.id)
    return order?.status === 'PAID' ? { claim, order } : []
  })
  // A refusal is not kept, and the answer of a free order is complete when it has tickets.
  const unused = own.flatMap(({ claim }) => (placed.get(claim.id)?.status === 'PENDING_PAYMENT' ? [] : claim))
  await changed(deps, tx, soldOutTags(stock, orders))
  const stored = storeOrders(orders, unused)
  if (!stored || (free.length === 0 && orders.every(({ promoCodeId }) => promoCodeId === null))) return stored
  await tx.$executeRaw(stored)
  await takeUses(tx, orders)
  const tickets = await issueTickets(
    deps,
    tx,
    free.map(({ order }) => order.id),
  )
  const opened = await openFulfilments(
    deps,
    tx,
    free.map(({ order }) => order),
  )
  for (const { order } of free) order.fulfilments = opened.filter(({ orderId }) => orderId === order.id)
  for (const { order } of free) order.tickets = tickets.filter(({ orderId }) => orderId === order.id)
  await enqueue(
    deps,
    tx,
    free.map(({ claim, order }) => {
      const network = requests.find((request) => request.claim.id === claim.id)?.network ?? ''
      const causer = causerOf(deps.settings.linkSecret, 'network', network)
      const payload = { orderId: order.id, network: causer.key }
      return { kind: SEND_FREE_TICKETS, payload, fairnessBucket: causer.bucket }
    }),
  )
  await storeAnswers(
    deps,
    tx,
    free.map(({ claim, order }) => ({ claim, value: order })),
  )
  return null
}
