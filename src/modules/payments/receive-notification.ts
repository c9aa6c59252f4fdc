import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { within } from '../../platform/within.ts'
import { type Applied, applyWord } from './apply-word.ts'
import { checkPayment } from './check-payment.ts'
import type { PaymentGateway } from './gateway.ts'
import { storeUnmatched } from './keep-word.ts'
import { knownPayment, paymentIdByTransaction } from './known-payment.ts'
import { isGenuine, parseNotification } from './notification.ts'
import type { ProviderWord } from './provider-word.ts'

export type Received = Applied | 'malformed' | 'forged' | 'unknown' | 'unreadable' | 'test' | 'too_many'

type ReceiveDeps = Deps & { readonly gateway: PaymentGateway }

/** Of one payment and one status_code, which is what one signature covers: its owner can change all else. */
const MAX_OF_ONE_SIGNATURE = 100
// Midtrans gives up after 15 s and wants an answer in 5.
const CONFIRM_MS = 3_000
// What its dashboard sends when somebody tests the address.
const TEST = /^payment_notif_test_/

/**
 * Takes a provider's notification: the raw words, the transition, tickets and jobs commit in one transaction. Any number
 * of copies in any order lead to the same end. A forged one leaves nothing but a count; a genuine one is kept, whatever it says.
 */
export async function receiveNotification(deps: ReceiveDeps, body: Buffer): Promise<Received> {
  const received = await receive(deps, body)
  deps.metrics.notifications.inc({ outcome: received })
  return received
}

async function receive(deps: ReceiveDeps, bytes: Buffer): Promise<Received> {
  const { gateway } = deps
  const body = textOf(bytes)
  const notification = body === null ? null : parseNotification(body)
  if (body === null || !notification) return 'malformed'
  const { signed, word } = notification
  if (!isGenuine(signed, gateway.serverKeys)) return 'forged'
  if (TEST.test(signed.order_id)) return unmatched(deps, signed.order_id, body, 'test')
  if (!word) return unmatched(deps, signed.order_id, body, 'unreadable')
  const payment = await find(deps, word)
  if (!payment) return unmatched(deps, signed.order_id, body, 'unknown')
  if (payment.stored >= MAX_OF_ONE_SIGNATURE) {
    deps.log.error({ alarm: true, paymentId: payment.id }, 'a payment has more notifications than are kept')
    return 'too_many'
  }
  const applied = await applyWord(deps, payment, { word, body }, 'WEBHOOK')
  return applied === 'unconfirmed' ? confirm(deps, payment.id) : applied
}

async function find(deps: ReceiveDeps, { order_id, status_code }: ProviderWord) {
  const { prisma, gateway } = deps
  const known = (id: string) => knownPayment(prisma, id, gateway.name, status_code)
  const own = parseId(order_id)
  const payment = own && (await known(own))
  if (payment) return payment
  const id = await paymentIdByTransaction(prisma, order_id, gateway.name)
  return id && known(id)
}

async function unmatched(
  deps: ReceiveDeps,
  orderId: string,
  body: string,
  as: 'unknown' | 'unreadable' | 'test',
): Promise<Received> {
  await storeUnmatched(deps, orderId, body)
  if (as === 'unreadable')
    deps.log.error({ alarm: true, orderId }, 'the provider signed a notification that we cannot read')
  else deps.log.warn({ orderId, as }, 'a signed notification is about no payment of ours')
  return as
}

/** Asks at once. Where there is no answer in time the payment is due at the reconciler already, so nothing is lost. */
async function confirm(deps: ReceiveDeps, paymentId: string): Promise<Received> {
  try {
    const checked = await within(CONFIRM_MS, checkPayment(deps, paymentId))
    deps.metrics.paymentChecks.inc({ outcome: checked })
    return checked === 'unchanged' || checked === 'no_charge' || checked === 'gone' ? 'unconfirmed' : checked
  } catch (error) {
    deps.log.warn(
      { err: error, paymentId },
      'a notification is not confirmed yet and will be asked for again',
    )
    return 'unconfirmed'
  }
}

// A replacement character would be kept in place of what was sent.
function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
