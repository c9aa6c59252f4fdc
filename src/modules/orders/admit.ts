// Events with a waiting room: who may order, and what an order tells the room.
import { Busy, DomainError, RateLimited } from '../../platform/errors.ts'
import type { Sql } from '../../platform/sql.ts'
import type { EventRow } from '../holds/stock-rows.ts'
import type { Admission } from '../waiting-room/admission-token.ts'
import { AdmissionRequired } from '../waiting-room/errors.ts'
import type { WaitingRooms } from '../waiting-room/waiting-rooms.ts'
import type { Cart } from './order-input.ts'

interface Asking {
  readonly cart: Cart
  readonly admission: Admission | null
}

/** Which admissions of a batch have placed an order before. No statement when no cart brings one. */
export async function usedAdmissions(tx: Sql, requests: readonly Asking[]): Promise<Set<string>> {
  const ids = [...new Set(requests.flatMap(({ admission }) => admission?.id ?? []))]
  if (ids.length === 0) return new Set()
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT admission_id AS id FROM "order" WHERE admission_id = ANY(${ids}::uuid[])`
  return new Set(rows.map(({ id }) => id))
}

/**
 * The id of the admission that the order will use up, null where none is needed, or the refusal. `used` gets no entry
 * here: what is refused for another reason has used nothing up.
 */
export function admissionFor(
  events: ReadonlyMap<string, EventRow>,
  { cart, admission }: Asking,
  used: ReadonlySet<string>,
): string | null | DomainError {
  const event = cart.eventId ? events.get(cart.eventId) : undefined
  // Of another event nothing is for sale, and the room lets nobody in: the refusal is to say so.
  const guarded = event?.status === 'PUBLISHED' && event.waitingRoomRate !== null
  if (!guarded || cart.tickets.length === 0) return null
  if (admission?.eventId !== event.id || used.has(admission.id)) return new AdmissionRequired()
  return admission.id
}

/** Places an order, and lets waiting rooms know how checkout bears it and who is done. */
export async function watched<T extends { readonly replayed: boolean }>(
  { waitingRooms }: { readonly waitingRooms: WaitingRooms },
  admission: Admission | null,
  place: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  try {
    const placed = await place()
    waitingRooms.checkout.took(performance.now() - began)
    if (admission && !placed.replayed) waitingRooms.spent(admission)
    return placed
  } catch (error) {
    if (error instanceof Busy) waitingRooms.checkout.refused()
    else if (error instanceof DomainError && !(error instanceof RateLimited))
      waitingRooms.checkout.took(performance.now() - began)
    throw error
  }
}
