import { type Caller, callerKey } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, invalid, NotFound, Unauthenticated } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { newId, parseId } from '../../platform/ids.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { readScanned } from '../tickets/read-scanned.ts'
import { isOpen, windowOf } from './admission.ts'
import { OutsideWindow, TicketAlreadyUsed, TicketInvalid, TicketRevoked, WrongGate } from './errors.ts'
import { type FindDeps, findTicket, type ShownTicket } from './find-ticket.ts'
import { scanTime } from './scan-time.ts'

export interface CheckInInput {
  /** Empty: the code is given. */
  readonly ticketToken: string
  readonly code?: string | null
  readonly gateId: string
  readonly direction?: 'ENTRY' | 'EXIT' | null
  readonly scannedAt?: Date | null
}

type CheckInRow = Prisma.CheckInGetPayload<object>
type GateRow = Prisma.GateGetPayload<{ include: typeof gateInclude }>

const gateInclude = {
  categories: true,
  event: { include: { schedules: true } },
} satisfies Prisma.GateInclude

/**
 * Admits a ticket once, or lets it out again: for good, unless the event allows re-entry. The second scan is told when and where
 * the first one was, and when it left.
 */
export async function checkIn(
  deps: Deps & FindDeps,
  caller: Caller,
  given: CheckInInput,
  idempotencyKey: string,
): Promise<Answer<CheckInRow>> {
  if (caller.kind === 'guest') throw new Unauthenticated()
  const input = asScanned(given)
  const claim = claimOf(callerKey(caller, ''), 'checkIn', idempotencyKey, input)
  try {
    const gate = await gateFor(deps, caller, input.gateId)
    const shown = await findTicket(deps, caller, gate.event.organizerId, input.code || input.ticketToken)
    const answer = await idempotent(deps, claim, (tx, attempt) =>
      scan(deps, tx, caller, { gate, shown, input, attempt }),
    )
    deps.metrics.checkIns.inc({
      outcome: answer.replayed ? 'replayed' : answer.value.direction.toLowerCase(),
    })
    return answer
  } catch (error) {
    if (error instanceof DomainError) {
      deps.metrics.checkIns.inc({ outcome: error.code.toLowerCase() })
      // What is wrong with a ticket stands where the ticket was given.
      if (input.code && error.path?.at(-1) === 'ticketToken') error.path.splice(-1, 1, 'code')
    }
    throw error
  }
}

/** The same scan has the same claim, whatever a scanner added to it this time. */
function asScanned({ ticketToken, code, ...rest }: CheckInInput): CheckInInput {
  const scanned = { ...rest, ticketToken: readScanned(ticketToken) }
  const typed = code == null ? '' : readScanned(code)
  if (typed === '') return scanned
  if (scanned.ticketToken !== '') throw invalid(['input', 'code'], 'Give the token or the code, not both.')
  return { ...scanned, code: typed }
}

const GATE_PATH = ['input', 'gateId']

async function gateFor(deps: Deps, caller: Caller, id: string): Promise<GateRow> {
  const gateId = parseId(id)
  const gate = gateId && (await deps.prisma.gate.findUnique({ where: { id: gateId }, include: gateInclude }))
  if (!gate) throw new NotFound('The gate', GATE_PATH)
  if (caller.kind === 'device') {
    if (caller.gateId !== gate.id) throw new NotFound('The gate', GATE_PATH)
  } else {
    requirePermission(caller, gate.event.organizerId, 'check_in.write', 'The gate', GATE_PATH)
  }
  return gate
}

interface Scan {
  readonly gate: GateRow
  readonly shown: ShownTicket
  readonly input: CheckInInput
  readonly attempt: number
}

async function scan(
  deps: Deps,
  tx: Tx,
  caller: Caller,
  { gate, shown, input, attempt }: Scan,
): Promise<CheckInRow> {
  // One scan of a ticket at a time. The unique index on open admissions would refuse the second anyway; the lock spares
  // the losers a longer retry.
  const [locked] = await tx.$queryRaw<{ eventStatus: string }[]>`
    SELECT e.status::text AS "eventStatus" FROM ticket t JOIN event e ON e.id = t.event_id
    WHERE t.id = ${shown.ticketId}::uuid FOR UPDATE OF t`
  const ticket = await tx.ticket.findUnique({ where: { id: shown.ticketId }, include: { schedule: true } })
  if (!ticket) throw new TicketInvalid()
  // A job revokes them all; nobody comes in meanwhile.
  if (locked?.eventStatus === 'CANCELLED') throw new TicketRevoked('The event was cancelled.')
  if (ticket.status === 'REVOKED' || (shown.version !== null && ticket.version !== shown.version))
    throw new TicketRevoked()
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
  const isExit = input.direction === 'EXIT'
  const now = deps.clock.now()
  const row = {
    id: newId(),
    ticketId: ticket.id,
    gateId: gate.id,
    deviceId: caller.kind === 'device' ? caller.deviceId : null,
    accountId: caller.kind === 'account' ? caller.accountId : null,
    ...scanTime(input.scannedAt ?? null, await earliestScan(tx, ticket, input, open), now),
    receivedAt: now,
  }
  const left = open && (await exitLeftOpen(tx, ticket.id))
  if (isExit) {
    if (!open || left) throw new TicketInvalid('This ticket is not inside.', 'TICKET_NOT_INSIDE')
    // Elsewhere the admission stays open, so that nobody comes in with it again.
    const closedAt = gate.event.allowReentry ? row.scannedAt : null
    if (closedAt) await free(tx, open, closedAt)
    return tx.checkIn.create({ data: { ...row, direction: 'EXIT', closedAt } })
  }
  if (open && !(left && gate.event.allowReentry)) throw new TicketAlreadyUsed(open, left?.scannedAt ?? null)
  // A gate that was offline says later what it let in: its window is that of the scan.
  const window = windowOf(gate.event, ticket.schedule)
  if (!isOpen(window, row.scannedAt)) throw new OutsideWindow(window.opensAt, window.closesAt)
  // It left while re-entry was off, which is on now.
  if (open && left) await free(tx, open, left.scannedAt)
  await tx.ticket.update({ where: { id: ticket.id }, data: { status: 'USED' } })
  return tx.checkIn.create({ data: { ...row, direction: 'ENTRY' } })
}

/**
 * The EXIT that left the open admission open. One that closed an admission is closed itself, or has its time where a process of
 * the version before wrote it. No clocks are compared: those of two processes differ.
 */
async function exitLeftOpen(tx: Tx, ticketId: string): Promise<{ scannedAt: Date } | null> {
  const [left] = await tx.$queryRaw<{ scannedAt: Date }[]>`
    SELECT x.scanned_at AS "scannedAt" FROM check_in x
    WHERE x.ticket_id = ${ticketId}::uuid AND x.direction = 'EXIT' AND x.closed_at IS NULL AND NOT EXISTS (
      SELECT FROM check_in e
      WHERE e.ticket_id = x.ticket_id AND e.direction = 'ENTRY' AND e.closed_at = x.scanned_at)
    ORDER BY x.scanned_at DESC LIMIT 1`
  return left ?? null
}

/** An EXIT is not before its ENTRY, and an ENTRY not before the EXIT that let it. */
async function earliestScan(
  tx: Tx,
  ticket: { id: string; issuedAt: Date },
  input: CheckInInput,
  open: CheckInRow | null,
): Promise<Date> {
  if (input.direction === 'EXIT') return open?.scannedAt ?? ticket.issuedAt
  if (input.scannedAt == null) return ticket.issuedAt
  const exit = await tx.checkIn.findFirst({
    where: { ticketId: ticket.id, direction: 'EXIT' },
    orderBy: { scannedAt: 'desc' },
  })
  return exit?.scannedAt ?? ticket.issuedAt
}

async function free(tx: Tx, { id, ticketId }: CheckInRow, closedAt: Date): Promise<void> {
  await tx.checkIn.update({ where: { id }, data: { closedAt } })
  await tx.checkIn.updateMany({ where: { ticketId, direction: 'EXIT', closedAt: null }, data: { closedAt } })
  await tx.ticket.update({ where: { id: ticketId }, data: { status: 'VALID' } })
}
