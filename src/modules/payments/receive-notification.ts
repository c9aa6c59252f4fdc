import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { type Applied, applyWord } from './apply-word.ts'
import type { PaymentGateway } from './gateway.ts'
import { knownPayment } from './known-payment.ts'
import { isGenuine, parseNotification } from './notification.ts'

export type Received = Applied | 'malformed' | 'forged' | 'unknown'

/**
 * Takes a provider's notification: the raw words, the transition, tickets and jobs commit in one transaction. Any number
 * of copies in any order lead to the same end. A forged one leaves nothing but a count.
 */
export async function receiveNotification(
  deps: Deps & { gateway: PaymentGateway },
  body: Buffer,
): Promise<Received> {
  const received = await receive(deps, body)
  deps.metrics.notifications.inc({ outcome: received })
  return received
}

async function receive(deps: Deps & { gateway: PaymentGateway }, bytes: Buffer): Promise<Received> {
  const { gateway } = deps
  const body = textOf(bytes)
  const word = body === null ? null : parseNotification(body)
  if (body === null || !word) return 'malformed'
  if (!isGenuine(word, gateway.serverKeys)) return 'forged'
  const paymentId = parseId(word.order_id)
  const payment = paymentId && (await knownPayment(deps.prisma, paymentId, gateway.name))
  return payment ? applyWord(deps, payment, { word, body }, 'WEBHOOK') : 'unknown'
}

// A replacement character would be kept in place of what was sent.
function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
