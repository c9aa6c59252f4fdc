// What becomes of orders and stock when money is heard of, by the rules and without a database: a fold over what was heard.
import type { OrderStatus } from '../model.ts'
import { type Placed, SIZE, type Units } from '../world.ts'
import type { Deed } from './deeds.ts'

type Status = OrderStatus | 'PARTIALLY_REFUNDED'
type At = 0 | 1 | 2

const PRICES: Units = [50_000, 200_000, 75_000]
const ALL: readonly At[] = [0, 1, 2]
const SHIRTS = 2
const SOME = 30_000

/** A word of the provider, the first time that it was heard. */
export interface Heard {
  readonly orderId: string
  readonly paymentId: string
  readonly status: string
  /** Those that count: a bank's own, and those that a bank has confirmed. */
  readonly refunds: readonly { readonly key: string; readonly amount: number }[]
}

/** What is known of a moment beside the words. */
export interface Facts {
  /** Rupiah that have gone back, by payment. */
  readonly gone: Map<string, number>
  /** Refunds of our own, and whether they have gone out. */
  readonly own: ReadonlyMap<string, boolean>
  /** Orders whose shirts are away. */
  readonly delivered: ReadonlySet<string>
}

interface Payment {
  status: 'open' | 'captured' | 'failed'
  /** Money of it has arrived once. */
  arrived: boolean
  /** It paid for its order. */
  placed: boolean
  readonly keys: Set<string>
}

interface Order {
  readonly placed: Placed
  status: Status
  /** Rupiah of its price that nobody has given back. */
  left: number
  /** Units that are not for sale. */
  held: [number, number, number]
  /** Units whose money may still go back. */
  live: [number, number, number]
  readonly payments: Map<string, Payment>
}

const priceOf = (units: readonly number[]): number =>
  units.reduce((sum, count, at) => sum + count * (PRICES[at] ?? 0), 0)

/** The state of a sale. */
export class Model {
  private readonly orders = new Map<string, Order>()

  add(placed: Placed): void {
    const [regular, vip, shirts] = placed.units
    this.orders.set(placed.id, {
      placed,
      status: 'PENDING_PAYMENT',
      left: priceOf(placed.units),
      held: [regular, vip, shirts],
      live: [regular, vip, shirts],
      payments: new Map(),
    })
  }

  remaining(): number[] {
    return ALL.map((at) =>
      [...this.orders.values()].reduce<number>((left, { held }) => left - held[at], SIZE[at]),
    )
  }

  /** Status and what is left of each order. */
  states(): Map<string, string> {
    return new Map([...this.orders].map(([id, { status, left }]) => [id, `${status} ${left}`]))
  }

  expire(now: Date): void {
    for (const order of this.orders.values())
      if (order.status === 'PENDING_PAYMENT' && order.placed.expiresAt <= now) end(order, 'EXPIRED')
  }

  cancel(id: string): void {
    const order = this.orders.get(id)
    if (order?.status === 'PENDING_PAYMENT') end(order, 'CANCELLED')
  }

  /** Staff give back. What cannot be is refused, and changes nothing. */
  refund(id: string, { much, restock }: Deed & { kind: 'refund' }): void {
    const order = this.orders.get(id)
    if (!order || !isPaid(order)) return
    const line = ALL.find((at) => order.placed.units[at] > 0) ?? 0
    const last = priceOf(order.live) === PRICES[line]
    const price = much === 'all' ? order.left : much === 'some' ? SOME : last ? order.left : PRICES[line]
    const tooMuch = price > order.left || (much === 'lines' && !last && price === order.left)
    if (tooMuch || (much === 'lines' && order.live[line] === 0)) return
    order.left -= price
    if (order.left > 0) order.status = 'PARTIALLY_REFUNDED'
    else takeAll(order, restock)
    if (order.left > 0 && much === 'lines') take(order, line, 1, restock)
  }

  hear({ orderId, paymentId, status, refunds }: Heard, facts: Facts): void {
    const order = this.orders.get(orderId)
    if (!order) throw new Error('Money for an order that nobody made.')
    const payment: Payment = order.payments.get(paymentId) ?? {
      status: 'open',
      arrived: false,
      placed: false,
      keys: new Set<string>(),
    }
    order.payments.set(paymentId, payment)
    const wentBack = /refund$|chargeback$/.test(status)
    if ((status === 'settlement' || wentBack) && payment.status !== 'captured') this.settle(order, payment)
    if (/^(deny|cancel|failure)$/.test(status)) {
      if (!facts.gone.get(paymentId)) this.fail(order, payment, facts)
      // A part had gone back, so it takes the rest.
      else if (payment.status === 'captured') {
        const all = priceOf(order.placed.units)
        this.takeBack(order, paymentId, payment, status, all, facts)
      }
    }
    if (!wentBack || payment.status !== 'captured') return
    for (const { key, amount } of refunds) this.takeBack(order, paymentId, payment, key, amount, facts)
  }

  private settle(order: Order, payment: Payment): void {
    payment.status = 'captured'
    // It had arrived before, and the bank had taken it back: it goes back to the buyer.
    if (payment.arrived) return
    payment.arrived = true
    const left = this.remaining()
    const fits = order.placed.units.every((units, at) => units <= (left[at] ?? 0))
    payment.placed = order.status === 'PENDING_PAYMENT' || (order.status === 'EXPIRED' && fits)
    if (!payment.placed) return
    order.status = 'PAID'
    const [regular, vip, shirts] = order.placed.units
    order.held = [regular, vip, shirts]
  }

  private fail(order: Order, payment: Payment, { delivered }: Facts): void {
    if (payment.status === 'failed') return
    const reversed = payment.status === 'captured' && payment.placed
    payment.status = 'failed'
    if (!reversed || !isPaid(order)) return
    order.status = 'REFUNDED'
    order.left = 0
    order.live = [0, 0, 0]
    order.held = [0, 0, delivered.has(order.placed.id) ? order.held[SHIRTS] : 0]
  }

  private takeBack(
    order: Order,
    id: string,
    payment: Payment,
    key: string,
    amount: number,
    { gone, own }: Facts,
  ): void {
    const before = gone.get(id) ?? 0
    const taken = Math.min(amount, priceOf(order.placed.units) - before)
    if (payment.keys.has(key) || own.get(key) || taken === 0) return
    payment.keys.add(key)
    gone.set(id, before + taken)
    // Ours was taken from the order when staff asked for it.
    if (own.has(key) || !payment.placed || !isPaid(order)) return
    order.left = Math.max(0, order.left - taken)
    if (order.left === 0) takeAll(order, false)
    else order.status = 'PARTIALLY_REFUNDED'
  }
}

const isPaid = ({ status }: Order): boolean => status === 'PAID' || status === 'PARTIALLY_REFUNDED'

function end(order: Order, status: 'EXPIRED' | 'CANCELLED'): void {
  order.status = status
  order.held = [0, 0, 0]
}

/** Tickets are for sale again; shirts only when asked. */
function take(order: Order, at: At, units: number, restock: boolean): void {
  order.live[at] -= units
  if (at !== SHIRTS || restock) order.held[at] -= units
}

function takeAll(order: Order, restock: boolean): void {
  order.status = 'REFUNDED'
  for (const at of ALL) take(order, at, order.live[at], restock)
}
