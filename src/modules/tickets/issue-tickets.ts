import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'
import { humanCode, newId } from '../../platform/ids.ts'
import { Prisma } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'
import { newestKey, signingKey, storedKeyIn } from './ticket-keys.ts'
import { signTicket } from './ticket-token.ts'

type Ticket = Prisma.TicketGetPayload<object>

interface SoldLine {
  readonly id: string
  readonly orderId: string
  readonly quantity: number
  readonly attendeeNames: readonly string[]
  readonly eventId: string
  readonly ticketCategoryId: string
  readonly scheduleId: string | null
  /** Of the event. */
  readonly newestKey: string | null
}

/**
 * Issues one ticket for each unit of the ticket lines of these orders, and gives them by line and unit. The unique key on
 * line and unit means that a second call cannot issue a second ticket; it fails the transaction instead.
 */
export async function issueTickets(
  deps: Pick<Deps, 'settings' | 'clock'>,
  tx: Sql,
  orderIds: readonly string[],
): Promise<Ticket[]> {
  if (orderIds.length === 0) return []
  const lines = await tx.$queryRaw<SoldLine[]>`
    SELECT l.id, l.order_id AS "orderId", l.quantity, coalesce(l.attendee_names, '{}') AS "attendeeNames",
           c.event_id AS "eventId", c.id AS "ticketCategoryId", c.schedule_id AS "scheduleId",
           ${newestKey(Prisma.sql`c.event_id`)} AS "newestKey"
    FROM order_line l JOIN ticket_category c ON c.id = l.ticket_category_id
    WHERE l.order_id = ANY(${arrayLiteral(orderIds)}::uuid[]) ORDER BY l.id`
  const tickets: Ticket[] = []
  for (const [eventId, newest] of new Map(lines.map((line) => [line.eventId, line.newestKey]))) {
    const key = await signingKey(deps, tx, eventId, storedKeyIn(newest))
    const sign = (line: SoldLine, id: string) =>
      signTicket({ ...line, ticketId: id, version: 1 }, key.id, key.privateKey)
    const issuedAt = deps.clock.now()
    for (const line of lines.filter((one) => one.eventId === eventId))
      for (let unit = 0; unit < line.quantity; unit += 1) tickets.push(ticketOf(line, unit, issuedAt, sign))
  }
  if (tickets.length > 0) await storeTickets(tx, tickets)
  return tickets
}

function ticketOf(
  line: SoldLine,
  unit: number,
  issuedAt: Date,
  sign: (line: SoldLine, id: string) => string,
): Ticket {
  const id = newId()
  return {
    id,
    orderId: line.orderId,
    orderLineId: line.id,
    unit,
    eventId: line.eventId,
    ticketCategoryId: line.ticketCategoryId,
    scheduleId: line.scheduleId,
    code: humanCode(10),
    token: sign(line, id),
    status: 'VALID',
    version: 1,
    attendeeName: line.attendeeNames[unit] ?? null,
    issuedAt,
  }
}

async function storeTickets(tx: Sql, tickets: readonly Ticket[]): Promise<void> {
  const each = (value: (ticket: Ticket) => string | number | null) => arrayLiteral(tickets.map(value))
  await tx.$executeRaw`
    INSERT INTO ticket (
      id, order_id, order_line_id, unit, event_id, ticket_category_id, schedule_id, code, token, status, version,
      attendee_name, issued_at)
    SELECT
      id, order_id, order_line_id, unit, event_id, ticket_category_id, schedule_id, code, token, status, version,
      attendee_name, issued_at
    FROM unnest(
      ${each(({ id }) => id)}::uuid[], ${each(({ orderId }) => orderId)}::uuid[],
      ${each(({ orderLineId }) => orderLineId)}::uuid[], ${each(({ unit }) => unit)}::int[],
      ${each(({ eventId }) => eventId)}::uuid[], ${each(({ ticketCategoryId }) => ticketCategoryId)}::uuid[],
      ${each(({ scheduleId }) => scheduleId)}::uuid[], ${each(({ code }) => code)}::text[],
      ${each(({ token }) => token)}::text[], ${each(({ status }) => status)}::"TicketStatus"[],
      ${each(({ version }) => version)}::int[], ${each(({ attendeeName }) => attendeeName)}::text[],
      ${each(({ issuedAt }) => issuedAt.toISOString())}::timestamptz[]
    ) AS row (
      id, order_id, order_line_id, unit, event_id, ticket_category_id, schedule_id, code, token, status, version,
      attendee_name, issued_at)`
}
