// When the reconciler looks at a payment.
import type { PaymentMethod } from '../../generated/prisma/enums.ts'
import { addSeconds } from '../../platform/clock.ts'
import { SNAP_LEAST_MINUTES } from './midtrans-snap.ts'

/** After this a charge should have been answered: three calls with their time-outs and pauses. */
const CHARGED_WITHIN_SECONDS = 60
/** So long before the deadline a lost settlement still pays the order in time. */
export const BEFORE_DEADLINE_SECONDS = 60
/** Who pays in the last second is heard of within about 20 s. */
export const END_AFTER_SECONDS = 30
/** A charge that was under way at the deadline has come through or never will. */
const NO_CHARGE_AFTER_SECONDS = 120
/** Some banks take settled money back, 1 to 5 minutes later: Permata, Mandiri Bill, and what Snap offers of these. */
export const REVERSED_WITHIN_SECONDS = 360
export const REVERSIBLE = ['PERMATA_VA', 'MANDIRI_BILL', 'SNAP'] as const

/** So often the provider is asked for what it has told and does not say when asked: 30 s later, and twice as long each time. */
export const ASKED_AGAIN = 4

export const firstCheck = (createdAt: Date): Date => addSeconds(createdAt, CHARGED_WITHIN_SECONDS)

/** From then on nobody is to pay, and the payment is ended at the provider: a custom expiry under 15 minutes is unreliable. */
export const endsAt = (expiresAt: Date): Date => addSeconds(expiresAt, END_AFTER_SECONDS)

/** From then on a payment that the provider does not know was never charged. A page of Snap may outlive the order. */
export const noChargeAfter = (expiresAt: Date, method: PaymentMethod): Date =>
  addSeconds(expiresAt, NO_CHARGE_AFTER_SECONDS + (method === 'SNAP' ? 60 * SNAP_LEAST_MINUTES : 0))
