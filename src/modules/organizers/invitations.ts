import { createHash, randomBytes } from 'node:crypto'
import type { Invitation, Organizer } from '../../generated/prisma/client.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'

/** Long enough for a weekend, short enough that an old mail opens nothing. */
const TTL_SECONDS = 3 * 86_400

const FORM = /^kin_[\w-]{43}$/

/** What is stored of a token. A plain hash will do: its 256 random bits cannot be guessed. */
const hashOf = (token: string): Buffer<ArrayBuffer> => createHash('sha256').update(token).digest()

export type OpenInvitation = Invitation & { readonly organizer: Pick<Organizer, 'id' | 'name'> }

/** A new invitation and its token, which cannot be read again. An earlier one of the same e-mail here ends. */
export async function invite(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  { organizerId, email, role }: Pick<Invitation, 'organizerId' | 'email' | 'role'>,
): Promise<{ readonly invitation: Invitation; readonly token: string }> {
  const createdAt = deps.clock.now()
  await tx.invitation.updateMany({
    where: { organizerId, email, acceptedAt: null, revokedAt: null },
    data: { revokedAt: createdAt },
  })
  const token = `kin_${randomBytes(32).toString('base64url')}`
  const invitation = await tx.invitation.create({
    data: {
      id: newId(),
      organizerId,
      email,
      role,
      tokenHash: hashOf(token),
      createdAt,
      expiresAt: addSeconds(createdAt, TTL_SECONDS),
    },
  })
  return { invitation, token }
}

/** Which invitations can still be accepted. */
export const stillOpen = ({ clock }: Pick<Deps, 'clock'>) => ({
  acceptedAt: null,
  revokedAt: null,
  expiresAt: { gt: clock.now() },
})

/** The invitation of a token; null for one that is unknown, used, revoked or expired alike. Changes nothing. */
export async function findInvitation(
  deps: Pick<Deps, 'prisma' | 'clock'>,
  token: string,
): Promise<OpenInvitation | null> {
  if (!FORM.test(token)) return null
  return deps.prisma.invitation.findUnique({
    where: { tokenHash: hashOf(token), ...stillOpen(deps) },
    include: { organizer: { select: { id: true, name: true } } },
  })
}

/** Where whoever was invited goes. The address is the secret. */
export const invitationUrl = ({ settings }: Pick<Deps, 'settings'>, token: string): string =>
  `${settings.publicUrl}/invitations/${token}`
