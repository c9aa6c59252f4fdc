// What one sale is, without a database: the rules of docs and domain once more, small enough to be believed.
import {
  MAX_PER_BUYER,
  MAX_USES,
  MAX_USES_PER_BUYER,
  type Opened,
  type Placed,
  PRICES,
  SIZE,
  type Units,
} from './world.ts'

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

export interface ModelHold {
  readonly id: string
  readonly units: Units
  readonly ends: Date
}

export interface Asked {
  readonly buyer: string
  readonly units: Units
  readonly code: boolean
  /** That the order names. */
  readonly hold: ModelHold | null
}

type At = 0 | 1 | 2
const each = (value: (at: At) => number): Units => [value(0), value(1), value(2)]
const fits = (units: Units, most: Units): boolean => units.every((wanted, at) => wanted <= (most[at] ?? 0))
const isLive = ({ status }: ModelOrder): boolean => status === 'PENDING_PAYMENT' || status === 'PAID'

export const priceOf = (units: Units, code: boolean): number => {
  const full = units.reduce((sum, count, at) => sum + count * (PRICES[at] ?? 0), 0)
  return code ? full - full / 10 : full
}

/** The state of a sale. */
export class Model {
  readonly orders: ModelOrder[] = []
  /** By buyer: the last hold that each was given. */
  readonly given = new Map<string, ModelHold>()
  /** Those of them that were neither given up nor used; their time may be over. */
  readonly holds = new Map<string, ModelHold>()

  /** Units for sale: what no live order has. */
  remaining(): Units {
    return each((at) => SIZE[at] - this.#units(this.orders.filter(isLive), at))
  }

  has(units: Units): boolean {
    return fits(units, this.remaining())
  }

  /** What may come of an order: one answer, or two where something is known to be sold out and is asked about first. */
  answersTo({ buyer, units, code, hold }: Asked, now: Date): string[] {
    const left = this.remaining()
    const gone = units.some((wanted, at) => wanted > 0 && left[at] === 0) ? ['SoldOutError'] : []
    if (hold && !this.isThere(hold, now)) return ['HoldExpiredError', ...gone]
    if (!this.#mayHave(buyer, units)) return ['LimitExceededError', ...gone]
    if (!fits(units, this.#free(hold, now))) return ['SoldOutError']
    if (code && !this.#mayUseCode(buyer)) return ['PromoCodeInvalidError']
    return ['Order']
  }

  answerToHold(buyer: string, units: Units, now: Date): string {
    const own = this.holds.get(buyer)
    const former = own && this.isThere(own, now) ? own : null
    return fits(units, this.#free(former, now)) ? 'Hold' : 'SoldOutError'
  }

  give(buyer: string, hold: ModelHold): void {
    this.given.set(buyer, hold)
    this.holds.set(buyer, hold)
  }

  isThere(hold: ModelHold, now: Date): boolean {
    return hold.ends > now && [...this.holds.values()].includes(hold)
  }

  /** What others hold is not for sale; what one's own hold covers is. */
  #free(own: ModelHold | null, now: Date): Units {
    const left = this.remaining()
    const others = [...this.holds.values()].filter((hold) => hold !== own && hold.ends > now)
    return each((at) => {
      const held = others.reduce((sum, hold) => sum + hold.units[at], 0)
      return Math.max(left[at] - held, Math.min(left[at], own?.units[at] ?? 0))
    })
  }

  #mayHave(buyer: string, units: Units): boolean {
    const own = this.orders.filter((order) => isLive(order) && order.placed.buyer === buyer)
    const all = each((at) => units[at] + this.#units(own, at))
    return units.every((wanted, at) => wanted === 0 || (all[at] ?? 0) <= (MAX_PER_BUYER[at] ?? 0))
  }

  #mayUseCode(buyer: string): boolean {
    const uses = this.orders.filter((order) => isLive(order) && order.placed.terms.code)
    const own = uses.filter(({ placed }) => placed.buyer === buyer)
    return uses.length < MAX_USES && own.length < MAX_USES_PER_BUYER
  }

  #units(orders: readonly ModelOrder[], at: At): number {
    return orders.reduce((sum, { placed }) => sum + placed.units[at], 0)
  }

  settle(order: ModelOrder, payment: ModelPayment): void {
    // Also one that was denied: the buyer tried again, or the bank gives back what it took.
    if (payment.status === 'SETTLED' || payment.status === 'REFUNDED') return
    payment.status = 'SETTLED'
    const { buyer, units, terms } = order.placed
    const may = this.has(units) && this.#mayHave(buyer, units) && (!terms.code || this.#mayUseCode(buyer))
    const late = order.status === 'EXPIRED' && may
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
