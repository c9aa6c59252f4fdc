// Why something cannot be had: of a hold and of an order alike.
import { DomainError } from '../../platform/errors.ts'

export class SoldOut extends DomainError {
  readonly itemId: string
  readonly remaining: number
  /** Others hold some, or are ordering it: more may be for sale again. */
  readonly held: boolean

  constructor(itemId: string, remaining: number, held = false) {
    super('SOLD_OUT', wordsFor(remaining, held))
    this.itemId = itemId
    this.remaining = remaining
    this.held = held
  }
}

function wordsFor(remaining: number, held: boolean): string {
  if (remaining > 0)
    return held ? `Only ${remaining} left right now. More may come back.` : `Only ${remaining} left.`
  return held
    ? 'Others hold all that is left. Some of it may come back in a few minutes.'
    : 'This is sold out.'
}

export class SaleClosed extends DomainError {
  readonly itemId: string

  constructor(itemId: string, state: 'NOT_YET' | 'CLOSED', path: string[]) {
    super('SALE_CLOSED', state === 'NOT_YET' ? 'The sale has not begun.' : 'The sale is over.', path)
    this.itemId = itemId
  }
}

/** What a limit is counted over: one order, all that one buyer has, or what one network holds and has not paid. */
export type LimitRule = 'PER_ORDER' | 'PER_BUYER' | 'PER_NETWORK'

const LIMIT_WORDS: Readonly<Record<LimitRule, (limit: number) => string>> = {
  PER_ORDER: (limit) => `At most ${limit} of this an order.`,
  PER_BUYER: (limit) => `At most ${limit} of this a buyer, over all orders.`,
  PER_NETWORK: (limit) =>
    `From your network at most ${limit} may be held or wait for payment at once. Pay for some of them, or ask again later.`,
}

export class LimitExceeded extends DomainError {
  readonly limit: number
  readonly rule: LimitRule

  /** Whole seconds, at least 1, after which there may be room; null: waiting does not help. */
  readonly retryAfterSeconds: number | null

  constructor(
    limit: number,
    path: string[],
    rule: LimitRule = 'PER_ORDER',
    retryAfterSeconds: number | null = null,
  ) {
    super('LIMIT_EXCEEDED', LIMIT_WORDS[rule](limit), path)
    this.limit = limit
    this.rule = rule
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export class HoldExpired extends DomainError {
  constructor(path: string[] = ['input', 'holdId']) {
    super('HOLD_EXPIRED', 'This hold is over. Choose again.', path)
  }
}

/** A hold is made longer once. */
export class HoldExtended extends DomainError {
  constructor() {
    super('HOLD_EXTENDED', 'This hold was made longer before. Order now, or choose again when it is over.', [
      'holdId',
    ])
  }
}

/** Redis does not answer, or holds enough for this network. Ordering goes on without holds. */
export class HoldUnavailable extends DomainError {
  /** Milliseconds after which to ask again. */
  readonly retryAfter: number

  constructor(retryAfter = 2_000) {
    super('HOLD_UNAVAILABLE', 'Nothing can be held right now. Order at once, or ask again in a moment.')
    this.retryAfter = retryAfter
  }
}
