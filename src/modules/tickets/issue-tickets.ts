import type { Deps } from '../../platform/deps.ts'
import { humanCode, newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { signingKey } from './ticket-keys.ts'
import { signTicket } from './ticket-token.ts'

/**
 * Issues one ticket for each unit of the order's ticket lines. The unique key on line and unit means that a second call
 * cannot issue a second ticket; it fails the transaction instead.
 */
export async function issueTickets(
  deps: Pick<Deps, 'settings' | 'clock'>,
  tx: Tx,
  orderId: string,
): Promise<void> {
  const lines = await tx.orderLine.findMany({
    where: { orderId, kind: 'TICKET' },
    select: { id: true, quantity: true, attendeeNames: true, ticketCategory: true },
    orderBy: { position: 'asc' },
  })
  const issuedAt = deps.clock.now()
  const eventId = lines[0]?.ticketCategory?.eventId
  if (!eventId) return
  const key = await signingKey(deps, tx, eventId)
  const tickets = lines.flatMap((line) => {
    const category = line.ticketCategory
    if (!category) return []
    return Array.from({ length: line.quantity }, (_, unit) => {
      const id = newId()
      const claims = {
        ticketId: id,
        eventId,
        ticketCategoryId: category.id,
        scheduleId: category.scheduleId,
        version: 1,
      }
      return {
        id,
        orderId,
        orderLineId: line.id,
        unit,
        eventId,
        ticketCategoryId: category.id,
        scheduleId: category.scheduleId,
        code: humanCode(10),
        token: signTicket(claims, key.id, key.privateKey),
        attendeeName: line.attendeeNames[unit] ?? null,
        issuedAt,
      }
    })
  })
  await tx.ticket.createMany({ data: tickets })
}
