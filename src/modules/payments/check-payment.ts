import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { lockOrder } from '../orders/queries.ts'
import { type Applied, applyWord } from './apply-word.ts'
import { endsAt, noChargeAfter } from './check-times.ts'
import type { PaymentGateway } from './gateway.ts'
import { withScope } from './known-payment.ts'
import { givesUpConfirming, isOpen, planNextCheck, putNext } from './next-check.ts'
import { chargeRequestFor } from './pay-order.ts'
import { canBecome } from './payment-states.ts'
import type { Said } from './provider-word.ts'

export type CheckDeps = Deps & { readonly gateway: PaymentGateway }

export type Checked = Applied | 'no_charge' | 'gone'

/**
 * Asks the provider what became of one payment, ends it there when nothing is to be paid any more, and does what the
 * answer means just as a notification would. Safe to run for one payment in many processes. Throws GatewayUnavailable.
 */
export async function checkPayment(deps: CheckDeps, id: string): Promise<Checked> {
  const payment = await read(deps, id)
  if (!payment) return 'gone'
  const now = deps.clock.now()
  const waits = payment.order.status === 'PENDING_PAYMENT' && now < endsAt(payment.expiresAt)
  const over = isOpen(payment) && !waits
  const said = (over && (await end(deps, payment))) || (await deps.gateway.status(id))
  if (!said) return notCharged(deps, payment)
  const applied = await applyWord(deps, payment, said, 'STATUS')
  // It is charged, and our note of that was lost: the charge is answered once more.
  if (payment.status === 'PENDING' && waits && !payment.transactionId && applied === 'unchanged')
    await noteCharge(deps, payment)
  await planNextCheck(deps, payment, { applied, word: said.word, waits })
  return applied
}

type Read = NonNullable<Awaited<ReturnType<typeof read>>>

const read = (deps: Deps, id: string) =>
  deps.prisma.payment.findUnique({
    where: { id },
    include: {
      order: {
        select: { ...withScope.order.select, buyerName: true, buyerEmail: true, buyerPhone: true },
      },
    },
  })

/** An order that is paid, cancelled or refunded wants no more money; one whose time is over had its chance. */
const end = (deps: CheckDeps, { id, order }: Read): Promise<Said | null> =>
  order.status === 'EXPIRED' || order.status === 'PENDING_PAYMENT'
    ? deps.gateway.expire(id)
    : deps.gateway.cancel(id)

async function noteCharge(deps: CheckDeps, payment: Read): Promise<void> {
  const charge = await deps.gateway.charge(chargeRequestFor(payment, payment.order))
  await deps.prisma.payment.updateMany({ where: { id: payment.id, transactionId: null }, data: charge })
}

/** Nobody was charged. That is only certain when no call can be on its way any more. */
async function notCharged(deps: CheckDeps, payment: Read): Promise<Checked> {
  const { id, orderId, expiresAt, method, unconfirmedStatus } = payment
  if (payment.settledAt !== null) {
    deps.log.error({ alarm: true, paymentId: id }, 'the provider knows nothing of a payment that was paid')
    await putNext(deps, payment, null)
    return 'no_charge'
  }
  if (unconfirmedStatus !== null && !givesUpConfirming(deps, payment, null)) return 'no_charge'
  if (deps.clock.now() < noChargeAfter(expiresAt, method)) return 'no_charge'
  await serializable(deps, 'notCharged', async (tx) => {
    await lockOrder(tx, orderId)
    const payment = await tx.payment.findUnique({ where: { id } })
    if (payment?.status === 'PENDING' && canBecome(payment.status, 'EXPIRED'))
      await tx.payment.update({ where: { id }, data: { status: 'EXPIRED' } })
  })
  await putNext(deps, payment, null)
  return 'no_charge'
}
