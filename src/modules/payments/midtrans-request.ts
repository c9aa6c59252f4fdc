// What requests for money have in common.
import type { Money } from '../../platform/money.ts'
import type { ChargeRequest } from './gateway.ts'

export type TimedRequest = ChargeRequest & { readonly now: Date }

export const details = ({ paymentId, amount, buyer }: ChargeRequest) => ({
  transaction_details: { order_id: paymentId, gross_amount: rupiah(amount) },
  customer_details: {
    first_name: buyer.name.slice(0, 255),
    email: buyer.email,
    ...(buyer.phone ? { phone: buyer.phone } : {}),
  },
})

// A refusal here is a mistake of ours, which asking again would not mend.
export function rupiah({ minor, currencyCode }: Money): number {
  if (currencyCode !== 'IDR') throw new Error(`Midtrans takes rupiah, not ${currencyCode}.`)
  if (minor <= 0n || minor % 100n !== 0n) throw new Error('Midtrans takes whole rupiah, more than none.')
  return Number(minor / 100n)
}

/** From when on, and for how many seconds, the order can be paid. */
export function timeLeft({ now, expiresAt }: TimedRequest): { at: string; seconds: number } {
  const at = `${now.toISOString().slice(0, 19).replace('T', ' ')} +0000`
  // Its second has no fraction.
  return { at, seconds: Math.ceil(expiresAt.getTime() / 1_000) - Math.floor(now.getTime() / 1_000) }
}
