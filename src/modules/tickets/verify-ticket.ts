import type { Deps } from '../../platform/deps.ts'
import { verifyingKey } from './ticket-keys.ts'
import { parseTicketToken, type TicketClaims } from './ticket-token.ts'

/** The claims of a token that a key of its event signed; null for anything else. Says nothing of revocation. */
export async function verifyTicket(deps: Pick<Deps, 'prisma'>, token: string): Promise<TicketClaims | null> {
  const parsed = parseTicketToken(token)
  if (!parsed) return null
  const key = await verifyingKey(deps, parsed.keyId)
  if (!key || key.eventId !== parsed.claims.eventId || !parsed.verify(key.publicKey)) return null
  return parsed.claims
}
