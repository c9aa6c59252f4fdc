import { type Caller, callerKey } from '../../platform/caller.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, invalid, NotFound, Unauthenticated } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { newId, parseId } from '../../platform/ids.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { requirePermission } from '../organizers/permissions.ts'
import type { TicketClaims } from '../tickets/ticket-token.ts'
import { verifyTicket } from '../tickets/verify-ticket.ts'
import { isOpen, windowOf } from './admission.ts'
import { OutsideWindow, TicketAlreadyUsed, TicketInvalid, TicketRevoked, WrongGate } from './errors.ts'

export interface CheckInInput {
  readonly ticketToken: string
  readonly gateId: string
  readonly direction?: 'ENTRY' | 'EXIT' | null
  readonly scannedAt?: Date | null
}

/** How far a gate's clock may run ahead of ours. */
const CLOCK_SKEW_SECONDS = 300

type CheckInRow = Prisma.CheckInGetPayload<object>
type GateRow = Prisma.GateGetPayload<{ include: typeof gateInclude }>

const gateInclude = {
  categories: true,
  event: { include: { schedules: true } },
} satisfies Prisma.GateInclude

/** Admits a ticket once, or lets it out again. The second scan is told when and where the first one was. */
export async function checkIn(
  deps: Deps,
  caller: Caller,
  input: CheckInInput,
  idempotencyKey: string,
): Promise<Answer<CheckInRow>> {
  if (caller.kind === 'guest') throw new Unauthenticated()
  const claim = claimOf(callerKey(caller, ''), 'checkIn', idempotencyKey, input)
  if (input.scannedAt && input.scannedAt > addSeconds(deps.clock.now(), CLOCK_SKEW_SECONDS)) {
    throw invalid(['input', 'scannedAt'], 'A scan is not in the future. Set the clock of this device.')
  }
  try {
    const gate = await gateFor(deps, caller, input.gateId)
    const claims = await verifyTicket(deps, input.ticketToken)
    if (!claims) throw new TicketInvalid()
    const answer = await idempotent(deps, claim, (tx, attempt) =>
      scan(deps, tx, caller, { gate, claims, input, attempt }),
    )
    deps.metrics.checkIns.inc({
      outcome: answer.replayed ? 'replayed' : answer.value.direction.toLowerCase(),
    })
    return answer
  } catch (error) {
    if (error instanceof DomainError) deps.metrics.checkIns.inc({ outcome: error.code.toLowerCase() })
    throw error
  }
}

async function gateFor(deps: Deps, caller: Caller, id: string): Promise<GateRow> {
  const gateId = parseId(id)
  const gate = gateId && (await deps.prisma.gate.findUnique({ where: { id: gateId }, include: gateInclude }))
  if (!gate) throw new NotFound('The gate', ['input', 'gateId'])
  if (caller.kind === 'device') {
    if (caller.gateId !== gate.id) throw new NotFound('The gate', ['input', 'gateId'])
  } else {
    requirePermission(caller, gate.event.organizerId, 'check_in.write', 'The gate')
  }
  return gate
}

interface Scan {
  readonly gate: GateRow
  readonly claims: TicketClaims
  readonly input: CheckInInput
  readonly attempt: number
}

async function scan(
  deps: Deps,
  tx: Tx,
  caller: Caller,
  { gate, claims, input, attempt }: Scan,
): Promise<CheckInRow> {
  // One scan of a ticket at a time. The unique index on open admissions would refuse the second anyway; the lock spares
  // the losers a longer retry.
  const [locked] = await tx.$queryRaw<{ eventStatus: string }[]>`
    SELECT e.status::text AS "eventStatus" FROM ticket t JOIN event e ON e.id = t.event_id
    WHERE t.id = ${claims.ticketId}::uuid FOR UPDATE OF t`
  const ticket = await tx.ticket.findUnique({ where: { id: claims.ticketId }, include: { schedule: true } })
  if (!ticket) throw new TicketInvalid()
  // A job revokes them all; nobody comes in meanwhile.
  if (locked?.eventStatus === 'CANCELLED') throw new TicketRevoked('The event was cancelled.')
  if (ticket.status === 'REVOKED' || ticket.version !== claims.version) throw new TicketRevoked()
  const admits = gate.categories.some((category) => category.ticketCategoryId === ticket.ticketCategoryId)
  if (ticket.eventId !== gate.eventId || !admits) throw new WrongGate()
  // A good ticket is not inside, or the unique index says so and it is looked for. At this isolation whoever looks is in the way
  // of every gate that lets in a ticket near by.
  const mayBeInside = ticket.status !== 'VALID' || input.direction === 'EXIT' || attempt > 1
  const open = mayBeInside
    ? await tx.checkIn.findFirst({
        where: { ticketId: ticket.id, direction: 'ENTRY', closedAt: null, conflict: false },
      })
    : null
  const now = deps.clock.now()
  const row = {
    id: newId(),
    ticketId: ticket.id,
    gateId: gate.id,
    deviceId: caller.kind === 'device' ? caller.deviceId : null,
    accountId: caller.kind === 'account' ? caller.accountId : null,
    scannedAt: input.scannedAt ?? now,
    receivedAt: now,
  }
  if (input.direction === 'EXIT') {
    if (!open) throw new TicketInvalid('This ticket is not inside.', 'TICKET_NOT_INSIDE')
    if (gate.event.allowReentry) {
      await tx.checkIn.update({ where: { id: open.id }, data: { closedAt: now } })
      await tx.ticket.update({ where: { id: ticket.id }, data: { status: 'VALID' } })
    }
    return tx.checkIn.create({ data: { ...row, direction: 'EXIT' } })
  }
  if (open) throw new TicketAlreadyUsed(open)
  const window = windowOf(gate.event, ticket.schedule)
  if (!isOpen(window, now)) throw new OutsideWindow(window.opensAt, window.closesAt)
  await tx.ticket.update({ where: { id: ticket.id }, data: { status: 'USED' } })
  return tx.checkIn.create({ data: { ...row, direction: 'ENTRY' } })
}
