import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import type { Money } from '../../platform/money.ts'
import type { Said } from './provider-word.ts'

export interface ChargeRequest {
  /** Our id of the payment: the provider's order_id and, being 36 characters, its idempotency key too. */
  readonly paymentId: string
  readonly method: PaymentMethod
  readonly amount: Money
  readonly expiresAt: Date
  readonly buyer: { readonly name: string; readonly email: string; readonly phone: string | null }
}

/**
 * For whom a call is made. Calls for buyers take turns by the network that they come from, so that no network's crowd keeps
 * another waiting; checks of ours, which nobody waits for, have a share of their own.
 */
export interface Asker {
  /** The widest: an IPv4 address or a /48. By /64 one customer of a provider would have 65,536 turns. */
  readonly network: string
}

/** What the buyer needs to pay; null where the method has no such thing. */
export interface Charge {
  readonly transactionId: string
  readonly qrString: string | null
  readonly vaNumber: string | null
  readonly billKey: string | null
  readonly billerCode: string | null
  readonly redirectUrl: string | null
}

/** The port to a payment provider. Never called while a transaction is open. */
export interface PaymentGateway {
  readonly name: 'sandbox' | 'midtrans'
  /** Sign the provider's notifications: the newest first, then the one before while a key is being replaced. */
  readonly serverKeys: readonly string[]
  /** Asking twice for one payment gives the same charge. Throws GatewayUnavailable. */
  charge(request: ChargeRequest, asker?: Asker): Promise<Charge>
  /** Giving back twice under one refund id gives back once. Throws GatewayUnavailable. */
  refund(request: { paymentId: string; refundId: string; amount: Money; reason: string }): Promise<void>
  /** What became of a payment; null when the provider knows of no charge for it. Throws GatewayUnavailable. */
  status(paymentId: string): Promise<Said | null>
  /** Ends a payment that nobody has paid; null when it cannot be ended: ask for its status. Throws GatewayUnavailable. */
  cancel(paymentId: string): Promise<Said | null>
  /** The same for one whose time is over. */
  expire(paymentId: string): Promise<Said | null>
}

// Long enough for a passing trouble, short enough for a buyer who waits.
const SOON_MS = 2_000

/** The provider did not answer, or not in a way that settles the question. */
export class GatewayUnavailable extends Error {
  /** Milliseconds after which asking again is worth while. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs = SOON_MS) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** Nobody is asked for anything until then: the provider does not answer anybody. */
export class GatewayAway extends GatewayUnavailable {}

/** The provider takes no more calls for now (429), or too many of ours wait: nothing was done, and it says when to come back. */
export class GatewayBusy extends GatewayUnavailable {}
