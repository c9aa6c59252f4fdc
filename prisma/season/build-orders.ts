import { emailKey } from '../../src/modules/orders/buyer-keys.ts'
import type { Prisma } from '../../src/platform/prisma.ts'
import { BUYER, type Guest, guest, knownAccounts } from './people.ts'
import type { Cart } from './plan-carts.ts'
import { idOf, numberOf, type Random, randomFrom } from './random.ts'

const MINUTE_MS = 60_000
const ORDER_TTL_MINUTES = 15

export interface OrderRows {
  readonly order: Prisma.OrderCreateManyInput & { readonly id: string; readonly paidAt: Date }
  readonly lines: Prisma.OrderLineCreateManyInput[]
  /** None for an order that cost nothing. */
  readonly payments: Prisma.PaymentCreateManyInput[]
  readonly hasTickets: boolean
}

/** Events of which the known buyer has tickets. */
const buyersEvents = new Set(['gelora-kampus', 'senja-di-kridosono', 'jazz-di-kebun-apel', 'goyang-deli'])

/** Paid orders, the oldest first. */
export function buildOrders(carts: readonly Cart[]): OrderRows[] {
  const waiting = new Set(buyersEvents)
  return carts
    .map((cart, index) => buildOrder(cart, index, waiting.delete(cart.stall.key)))
    .sort((a, b) => a.order.paidAt.getTime() - b.order.paidAt.getTime())
}

function buildOrder({ stall, lines }: Cart, index: number, isKnownBuyer: boolean): OrderRows {
  const name = `${stall.key} ${index}`
  const id = idOf(`order ${name}`)
  const random = randomFrom(`order ${name}`)
  const known = isKnownBuyer ? knownAccounts.find(({ email }) => email === BUYER) : undefined
  const buyer = known ?? guest(index)
  const createdAt = new Date(random.between(stall.opensAt.getTime(), stall.closesAt.getTime()))
  const minutesLater = (minutes: number) => new Date(createdAt.getTime() + minutes * MINUTE_MS)
  const totalMinor = lines.reduce((sum, { item, quantity }) => sum + item.priceMinor * BigInt(quantity), 0n)
  const paidAt = totalMinor === 0n ? createdAt : minutesLater(random.between(1, ORDER_TTL_MINUTES - 1))
  return {
    order: {
      id,
      number: numberOf(`order ${name}`),
      organizerId: stall.organizerId,
      eventId: stall.eventId,
      accountId: known ? idOf(`account ${known.email}`) : null,
      buyerName: buyer.name,
      buyerEmail: buyer.email,
      buyerEmailKey: emailKey(buyer.email),
      status: 'PAID',
      currencyCode: 'IDR',
      subtotalMinor: totalMinor,
      totalMinor,
      createdAt,
      expiresAt: minutesLater(ORDER_TTL_MINUTES),
      paidAt,
    },
    lines: lines.map(({ item, quantity }, position) => ({
      id: idOf(`order line ${name} ${position}`),
      orderId: id,
      position,
      kind: item.kind,
      ticketCategoryId: item.kind === 'TICKET' ? item.id : null,
      variantId: item.kind === 'MERCHANDISE' ? item.id : null,
      name: item.name,
      unitPriceMinor: item.priceMinor,
      quantity,
      totalMinor: item.priceMinor * BigInt(quantity),
      attendeeNames: item.kind === 'TICKET' ? attendees(random, buyer, index, quantity) : [],
    })),
    payments:
      totalMinor === 0n ? [] : [paymentOf(random, { name, id, totalMinor, createdAt, paidAt }, minutesLater)],
    hasTickets: lines.some(({ item }) => item.kind === 'TICKET'),
  }
}

/** Half of the buyers name everybody who comes along, the others leave it open. */
const attendees = (random: Random, buyer: Guest, index: number, quantity: number): string[] =>
  random.between(0, 1) === 0
    ? []
    : [buyer.name, ...Array.from({ length: quantity - 1 }, (_, n) => guest(index + 101 + n).name)]

function paymentOf(
  random: Random,
  order: { name: string; id: string; totalMinor: bigint; createdAt: Date; paidAt: Date },
  minutesLater: (minutes: number) => Date,
): Prisma.PaymentCreateManyInput {
  const id = idOf(`payment ${order.name}`)
  return {
    id,
    orderId: order.id,
    method: random.pick(['QRIS', 'QRIS', 'GOPAY', 'BCA_VA']),
    status: 'SETTLED',
    amountMinor: order.totalMinor,
    currencyCode: 'IDR',
    gateway: 'sandbox',
    transactionId: `sandbox-${id}`,
    createdAt: order.createdAt,
    expiresAt: minutesLater(ORDER_TTL_MINUTES),
    settledAt: order.paidAt,
  }
}
