import type { Account } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { parseRegistration } from '../accounts/account-input.ts'
import { InvalidCredentials } from '../accounts/errors.ts'
import { login } from '../accounts/login.ts'
import type { LoginThrottle } from '../accounts/login-throttle.ts'
import { hashPassword } from '../accounts/passwords.ts'
import { openSession, type SessionView } from '../accounts/sessions.ts'
import { audit } from './audit.ts'
import { InvitationInvalid } from './errors.ts'
import { findInvitation, type OpenInvitation, stillOpen } from './invitations.ts'

export interface AcceptInvitationInput {
  readonly token: string
  /** Of a new account. */
  readonly name: string
  readonly password: string
}

export interface Accepted {
  readonly session: SessionView
  readonly organizerId: string
}

type AcceptDeps = Deps & { readonly loginThrottle: LoginThrottle }

/**
 * Makes the owner of the invited e-mail a member and signs them in, once. Without an account there is one afterwards, with this
 * name and password. With one the password has to be the account's: whoever registered that e-mail before, without owning it,
 * must not become a member by it. Throws InvitationInvalid, ValidationFailed, Busy, and what login throws.
 */
export async function acceptInvitation(
  deps: AcceptDeps,
  input: AcceptInvitationInput,
  clientIp: string,
): Promise<Accepted> {
  // First of all: only who has a link can make us hash a password.
  const invitation = await findInvitation(deps, input.token)
  if (!invitation) throw new InvitationInvalid()
  const { email, organizerId } = invitation
  const { password } = input
  if (await deps.prisma.account.findUnique({ where: { email }, select: { id: true } })) {
    const session = await login(deps, { email, password }, clientIp)
    await serializable(deps, 'acceptInvitation', (tx) => join(deps, tx, invitation, session.account.id))
    return { session, organizerId }
  }
  const { name } = parseRegistration({ name: input.name, email, password })
  const passwordHash = await hashPassword(password)
  return serializable(deps, 'acceptInvitation', async (tx) => {
    const account = await newAccount(deps, tx, { name, email, passwordHash })
    await join(deps, tx, invitation, account.id)
    return { session: await openSession(deps, tx, account, clientIp), organizerId }
  })
}

async function newAccount(
  deps: Deps,
  tx: Tx,
  account: Pick<Account, 'name' | 'email' | 'passwordHash'>,
): Promise<Account> {
  // Registered meanwhile, by whomever.
  if (await tx.account.findUnique({ where: { email: account.email }, select: { id: true } }))
    throw new InvalidCredentials('This e-mail has an account by now. Use its password.')
  return tx.account.create({ data: { id: newId(), ...account, createdAt: deps.clock.now() } })
}

/** Uses the invitation up. Of two at once one meets a conflict, runs again, and finds it used. */
async function join(
  deps: Deps,
  tx: Tx,
  { id, organizerId, role }: OpenInvitation,
  accountId: string,
): Promise<void> {
  const { count } = await tx.invitation.updateMany({
    where: { id, ...stillOpen(deps) },
    data: { acceptedAt: deps.clock.now(), accountId },
  })
  if (count === 0) throw new InvitationInvalid()
  await tx.member.upsert({
    where: { organizerId_accountId: { organizerId, accountId } },
    create: { organizerId, accountId, role, createdAt: deps.clock.now() },
    update: { role },
  })
  await audit(deps, tx, {
    organizerId,
    actorId: accountId,
    action: 'invitation.accept',
    targetType: 'Invitation',
    targetId: id,
    data: { role },
  })
}
