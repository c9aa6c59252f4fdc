import { checkContact } from '../../platform/contact.ts'
import type { Deps } from '../../platform/deps.ts'
import { normalEmail } from '../../platform/email.ts'
import { NotFound, ValidationFailed } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, OPERATOR } from './audit.ts'
import { SlugTaken } from './errors.ts'
import { InputCheck } from './input-check.ts'
import { invite, type OpenInvitation } from './invitations.ts'

export interface Invited {
  readonly invitation: OpenInvitation
  /** Of the link; not stored, so this is the one place that shows it. */
  readonly token: string
}

export interface NewOrganizer {
  readonly name: string
  /** Unique among organizers, for addresses. */
  readonly slug: string
  readonly ownerEmail: string
}

const MAX_NAME = 100

/** A new organizer and an invitation for its owner. For operators. Throws ValidationFailed and SlugTaken. */
export async function createOrganizer(deps: Deps, input: NewOrganizer): Promise<Invited> {
  const check = new InputCheck()
  const name = check.line('name', input.name, MAX_NAME)
  const slug = check.slug('slug', input.slug)
  check.done()
  const email = ownerEmail(input.ownerEmail)
  return serializable(deps, 'createOrganizer', async (tx) => {
    if (await tx.organizer.findUnique({ where: { slug }, select: { id: true } })) throw new SlugTaken()
    const createdAt = deps.clock.now()
    const organizer = await tx.organizer.create({ data: { id: newId(), slug, name, createdAt } })
    await audit(deps, tx, {
      organizerId: organizer.id,
      actorId: OPERATOR,
      action: 'organizer.create',
      targetType: 'Organizer',
      targetId: organizer.id,
      data: { name, slug },
    })
    return inviteOwner(deps, tx, organizer, email)
  })
}

/** One more owner of an organizer, or the same e-mail again with a new link. For operators. Throws NotFound. */
export async function addOwner(deps: Deps, slug: string, given: string): Promise<Invited> {
  const email = ownerEmail(given)
  return serializable(deps, 'addOwner', async (tx) => {
    const organizer = await tx.organizer.findUnique({ where: { slug } })
    if (!organizer) throw new NotFound('The organizer')
    return inviteOwner(deps, tx, organizer, email)
  })
}

async function inviteOwner(
  deps: Deps,
  tx: Tx,
  organizer: OpenInvitation['organizer'],
  email: string,
): Promise<Invited> {
  const { invitation, token } = await invite(deps, tx, { organizerId: organizer.id, email, role: 'OWNER' })
  await audit(deps, tx, {
    organizerId: organizer.id,
    actorId: OPERATOR,
    action: 'invitation.create',
    targetType: 'Invitation',
    targetId: invitation.id,
    data: { email, role: invitation.role, expiresAt: invitation.expiresAt },
  })
  return { invitation: { ...invitation, organizer }, token }
}

function ownerEmail(given: string): string {
  const email = normalEmail(given)
  const issues = checkContact(['input'], { name: 'Owner', email, phone: null })
  if (issues.length > 0) throw new ValidationFailed(issues)
  return email
}
