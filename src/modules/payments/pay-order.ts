import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { causerOf } from '../../platform/fairness.ts'
import { type Answer, type Claim, claimKey, claimOf, idempotent } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { money } from '../../platform/money.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { ORDER_PLACED } from '../messages/causes.ts'
import { OrderStateRefused } from '../orders/errors.ts'
import { findOrder, lockOrder, type OrderView } from '../orders/queries.ts'
import { firstCheck } from './check-times.ts'
import { PaymentUnavailable } from './errors.ts'
import {
  type Asker,
  type Charge,
  type ChargeRequest,
  GatewayBusy,
  GatewayUnavailable,
  type PaymentGateway,
} from './gateway.ts'

export interface PayOrderInput {
  readonly orderId: string
  readonly accessToken?: string | null
  readonly method: PaymentMethod
}

const UNKNOWN: Asker = { network: '' }

type PaymentRow = Prisma.PaymentGetPayload<object>
type PaymentDeps = Deps & { gateway: PaymentGateway }

/**
 * Opens a payment: notes it, asks the provider without a transaction open, then stores what the provider said with the
 * answer. A retry after a crash in between finds the note and asks for the same payment again, so there is one charge.
 * `asker`: whose turn it is at the provider, and with our mails. Throws PaymentUnavailable, which says when to ask again.
 */
export async function payOrder(
  deps: PaymentDeps,
  caller: Caller,
  input: PayOrderInput,
  idempotencyKey: string,
  asker: Asker = UNKNOWN,
): Promise<Answer<PaymentRow>> {
  const visible = await findOrder(deps, caller, input.orderId, input.accessToken, 'order.refund')
  if (!visible) throw new NotFound('The order', ['input', 'orderId'])
  const claim = claimOf(callerKey(caller, visible.buyerEmail), 'payOrder', idempotencyKey, input)
  const noted = await serializable(deps, 'payOrder.note', (tx, attempt) =>
    note(deps, tx, claim, {
      orderId: visible.id,
      method: input.method,
      // The index of first payments says so when that is not true any more, and then it is looked for.
      hasNone: attempt === 1 && visible.payments.length === 0,
    }),
  )
  if (noted.answered) {
    deps.metrics.replays.inc({ mutation: 'payOrder' })
    return { value: noted.payment, replayed: true }
  }
  const charge = await charged(deps, noted.payment, visible, asker)
  return idempotent(deps, claim, async (tx) => {
    const { id, orderId } = noted.payment
    if (!noted.payment.transactionId) {
      const causer = causerOf(deps.settings.linkSecret, 'network', asker.network)
      const payload = { orderId, paymentId: id, network: causer.key }
      await enqueue(deps, tx, [{ kind: ORDER_PLACED, payload, fairnessBucket: causer.bucket }])
    }
    return tx.payment.update({ where: { id }, data: charge })
  })
}

interface Wanted {
  readonly orderId: string
  readonly method: PaymentMethod
  /** As far as is known the order has no payment, and it is not looked for one. */
  readonly hasNone: boolean
}

async function note(
  deps: PaymentDeps,
  tx: Tx,
  claim: Claim,
  { orderId, method, hasNone }: Wanted,
): Promise<{ payment: PaymentRow; answered: boolean }> {
  const stored = await claimKey<PaymentRow>(deps, tx, claim)
  if (stored) return { payment: stored.value, answered: true }
  const order = await lockOrder(tx, orderId)
  const now = deps.clock.now()
  if (!order) throw new NotFound('The order', ['input', 'orderId'])
  if (order.status !== 'PENDING_PAYMENT') throw new OrderStateRefused(order.status)
  if (order.isCalledOff) throw new OrderStateRefused('CANCELLED')
  if (order.expiresAt <= now) throw new OrderStateRefused('EXPIRED')
  const others = hasNone
    ? []
    : await tx.payment.findMany({ where: { orderId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
  // Asking again by the same method shows the same QR code or account, whatever the key.
  const open = others.find(
    (one) => one.method === method && one.status === 'PENDING' && one.gateway === deps.gateway.name,
  )
  if (open) return { payment: open, answered: false }
  const payment = await tx.payment.create({
    data: {
      id: newId(),
      orderId,
      method,
      amountMinor: order.totalMinor,
      currencyCode: order.currencyCode,
      gateway: deps.gateway.name,
      createdAt: now,
      expiresAt: order.expiresAt,
      nextCheckAt: firstCheck(now),
      isFirst: others.length === 0,
    },
  })
  return { payment, answered: false }
}

/** The same request for the same payment, whoever asks, so that the provider makes one charge. */
export const chargeRequestFor = (
  payment: PaymentRow,
  order: Pick<OrderView, 'buyerName' | 'buyerEmail' | 'buyerPhone'>,
): ChargeRequest => ({
  paymentId: payment.id,
  method: payment.method,
  amount: money(payment.amountMinor, payment.currencyCode),
  expiresAt: payment.expiresAt,
  buyer: { name: order.buyerName, email: order.buyerEmail, phone: order.buyerPhone },
})

async function charged(
  deps: PaymentDeps,
  payment: PaymentRow,
  order: OrderView,
  asker: Asker,
): Promise<Charge> {
  if (payment.transactionId) {
    const { transactionId, qrString, vaNumber, billKey, billerCode, redirectUrl } = payment
    return { transactionId, qrString, vaNumber, billKey, billerCode, redirectUrl }
  }
  try {
    return await deps.gateway.charge(chargeRequestFor(payment, order), asker)
  } catch (error) {
    if (!(error instanceof GatewayUnavailable)) throw error
    deps.log.warn(
      { paymentId: payment.id, reason: error.message },
      'the payment provider refused or did not answer',
    )
    throw new PaymentUnavailable(error.retryAfterMs, error instanceof GatewayBusy ? 'busy' : 'silent')
  }
}
