import { type Caller, callerKey } from '../../platform/caller.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { mayHaveCommitted } from '../../platform/errors.ts'
import { claimOf } from '../../platform/idempotency.ts'
import { networkOf } from '../../platform/network.ts'
import { endless, type Patience } from '../../platform/patience.ts'
import { parseDevice, unitsIn } from '../holds/basket.ts'
import type { OrderHold } from '../holds/held.ts'
import { type OpenUnits, openingId } from '../holds/open-units.ts'
import type { OrderHolds } from '../holds/order-holds.ts'
import { checkAdmission } from '../waiting-room/admission-token.ts'
import type { WaitingRooms } from '../waiting-room/waiting-rooms.ts'
import { watched } from './admit.ts'
import { type Cart, type CreateOrderInput, parseBuyer, parseCart } from './order-input.ts'
import type { OrderWriter } from './order-writer.ts'
import type { PromoGuesses } from './promo-guesses.ts'
import type { OrderView } from './queries.ts'

/**
 * Places one order for a guest or an account: the whole cart or nothing; nothing, when `patience` is over before its turn,
 * or when it holds a refusal, which is thrown.
 */
export async function createOrder(
  deps: Deps & {
    orderWriter: OrderWriter
    orderHolds: OrderHolds
    openUnits: OpenUnits
    waitingRooms: WaitingRooms
    promoGuesses: PromoGuesses
  },
  caller: Caller,
  input: CreateOrderInput,
  idempotencyKey: string,
  clientIp: string,
  patience: Patience = endless,
): Promise<{ order: OrderView; replayed: boolean }> {
  const buyer = parseBuyer(caller, input.buyer)
  const claim = claimOf(callerKey(caller, buyer.email), 'createOrder', idempotencyKey, input)
  const cart = parseCart(input)
  const deviceId = parseDevice(input.deviceId)
  // The writer waits for it as well. Here it is not to keep a hold or to try a code.
  const refusal = input.holdId == null && cart.promoCode === null ? null : await patience.refusal()
  if (refusal) throw refusal
  const found = input.holdId == null ? null : await deps.orderHolds.take(input.holdId, caller, cart, claim)
  const hold = found === 'over' ? null : found
  const admission =
    checkAdmission(deps, cart.eventId, caller, input.admissionToken) ?? hold?.admission ?? null
  const units = unitsIn(cart)
  const opening = {
    id: openingId(claim),
    units,
    unheld: unheldIn(cart, hold),
    holdId: hold?.id ?? null,
    expiresAt: addSeconds(deps.clock.now(), deps.settings.orderTtlSeconds),
    caps: await deps.openUnits.capsOf(cart.eventId, clientIp, units),
  }
  const place = (mayLookUpCode: boolean) =>
    watched(deps, admission, () =>
      deps.orderWriter.place(
        {
          claim,
          accountId: caller.kind === 'account' ? caller.accountId : null,
          buyer,
          network: networkOf(clientIp),
          locale: input.locale ?? 'id',
          deviceId,
          cart,
          mayLookUpCode,
          admission,
          hold,
          holdIsOver: found === 'over',
          opening,
        },
        patience,
      ),
    )
  try {
    return await (cart.promoCode === null ? place(false) : deps.promoGuesses.watch(caller, clientIp, place))
  } catch (error) {
    // One that may have been placed all the same keeps it for its repetition.
    if (hold && !mayHaveCommitted(error)) await deps.orderHolds.giveBack(hold, claim)
    throw error
  }
}

/** How many units of a cart its hold does not cover. */
const unheldIn = ({ tickets, merchandise }: Cart, hold: OrderHold | null): number =>
  [...tickets, ...merchandise].reduce(
    (sum, { itemId, quantity }) => sum + Math.max(0, quantity - (hold?.units.get(itemId) ?? 0)),
    0,
  )
