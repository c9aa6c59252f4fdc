import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { isGarbled, readCode, readingsOf } from '../tickets/read-scanned.ts'
import { TOKEN } from '../tickets/ticket-token.ts'
import { verifyTicket } from '../tickets/verify-ticket.ts'
import type { CodeGuesses } from './code-guesses.ts'
import { TicketInvalid } from './errors.ts'

export type FindDeps = Pick<Deps, 'prisma'> & { readonly codeGuesses: CodeGuesses }

/** A ticket that was shown at a gate; what has become of it is still to be looked up. */
export interface ShownTicket {
  readonly ticketId: string
  /** Null: the printed code, which is the same in all versions. */
  readonly version: number | null
}

/**
 * The ticket of a token, or of the printed code, whichever was scanned or typed. `text` comes from readScanned. A code finds
 * tickets of the gate's organizer alone. Throws TicketInvalid and RateLimited.
 */
export async function findTicket(
  deps: FindDeps,
  caller: Caller,
  organizerId: string,
  text: string,
): Promise<ShownTicket> {
  for (const reading of readingsOf(text, TOKEN)) {
    const claims = await verifyTicket(deps, reading)
    if (claims) return claims
  }
  const code = readCode(text)
  if (code === null) throw isGarbled(text) ? garbled() : new TicketInvalid()
  const found = await deps.codeGuesses.watch(caller, () =>
    deps.prisma.ticket.findFirst({ where: { code, event: { organizerId } }, select: { id: true } }),
  )
  if (!found) throw new TicketInvalid('There is no ticket with this code.')
  return { ticketId: found.id, version: null }
}

const garbled = () =>
  new TicketInvalid(
    'The scanner types in another keyboard layout. Set it to the layout of this device, switch caps lock off, or type the printed code.',
    'TICKET_UNREADABLE',
  )
