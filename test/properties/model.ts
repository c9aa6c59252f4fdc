// What one sale is, without a database: the rules of docs and domain once more, small enough to be believed.
import { type Opened, type Placed, SIZE, type Units } from './world.ts'

export type OrderStatus = 'PENDING_PAYMENT' | 'PAID' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED'
export type PaymentStatus = 'PENDING' | 'EXPIRED' | 'SETTLED' | 'FAILED' | 'REFUNDED'

export interface ModelPayment {
  readonly opened: Opened
  readonly method: string
  status: PaymentStatus
  /** Its money goes back, because it paid for nothing. */
  refunding: boolean
}

export interface ModelOrder {
  readonly placed: Placed
  status: OrderStatus
  readonly payments: ModelPayment[]
}

/** The state of a sale. */
export class Model {
  readonly orders: ModelOrder[] = []

  /** Units for sale: what no live order has. */
  remaining(): Units {
    const live = this.orders.filter(({ status }) => status === 'PENDING_PAYMENT' || status === 'PAID')
    const left = (at: 0 | 1 | 2) => SIZE[at] - live.reduce((sum, { placed }) => sum + placed.units[at], 0)
    return [left(0), left(1), left(2)]
  }

  has(units: Units): boolean {
    const left = this.remaining()
    return units.every((wanted, at) => wanted <= (left[at] ?? 0))
  }

  settle(order: ModelOrder, payment: ModelPayment): void {
    if (payment.status !== 'PENDING' && payment.status !== 'EXPIRED') return
    payment.status = 'SETTLED'
    const late = order.status === 'EXPIRED' && this.has(order.placed.units)
    if (order.status === 'PENDING_PAYMENT' || late) order.status = 'PAID'
    else payment.refunding = true
  }

  /** Denied before it was paid, or taken back by the bank afterwards. */
  deny(order: ModelOrder, payment: ModelPayment): void {
    if (payment.status === 'FAILED' || payment.status === 'REFUNDED') return
    const paidFor = payment.status === 'SETTLED' && !payment.refunding
    payment.status = 'FAILED'
    payment.refunding = false
    if (paidFor) order.status = 'REFUNDED'
  }

  lapse(payment: ModelPayment): void {
    if (payment.status === 'PENDING') payment.status = 'EXPIRED'
  }

  refund(): void {
    for (const payment of this.orders.flatMap(({ payments }) => payments)) {
      if (!payment.refunding) continue
      payment.status = 'REFUNDED'
      payment.refunding = false
    }
  }

  expire(now: Date): void {
    for (const order of this.orders) {
      if (order.status === 'PENDING_PAYMENT' && order.placed.expiresAt <= now) order.status = 'EXPIRED'
    }
  }
}
