import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { payableShare } from '../../platform/money.ts'

interface Rate {
  /** Of the amount, in hundredths of a percent. */
  readonly basisPoints: bigint
  readonly fixedMinor: bigint
}

const TRANSFER: Rate = { basisPoints: 0n, fixedMinor: 400_000n }

// Midtrans' list prices without VAT, for IDR: QRIS 0.7 % (the rate that Bank Indonesia sets for regular merchants), GoPay
// 2 %, Rp 4,000 a bank transfer (midtrans.com/pricing). A contract may say otherwise. Behind SNAP's page the buyer chooses
// a method that we are not told here, so its fee is not known before the provider's own statement.
const RATES: Readonly<Record<PaymentMethod, Rate | null>> = {
  QRIS: { basisPoints: 70n, fixedMinor: 0n },
  GOPAY: { basisPoints: 200n, fixedMinor: 0n },
  BCA_VA: TRANSFER,
  BNI_VA: TRANSFER,
  BRI_VA: TRANSFER,
  PERMATA_VA: TRANSFER,
  MANDIRI_BILL: TRANSFER,
  SNAP: null,
}

/**
 * What the provider is expected to keep of a payment, in minor units: rounded to whole rupiah, half up, and never more than
 * was paid. 0 where it is not known.
 */
export function feeOf(payment: { method: PaymentMethod; amountMinor: bigint; currencyCode: string }): bigint {
  const rate = RATES[payment.method]
  if (!rate || payment.currencyCode !== 'IDR') return 0n
  const fee =
    payableShare(payment.amountMinor, rate.basisPoints, 10_000n, payment.currencyCode) + rate.fixedMinor
  return fee < payment.amountMinor ? fee : payment.amountMinor
}
