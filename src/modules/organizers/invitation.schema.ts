// How somebody who was invited becomes a member.
import { builder, forGuests } from '../../builder.ts'
import { ValidationFailed } from '../../platform/errors.ts'
import { InvalidCredentials, LockedOut } from '../accounts/errors.ts'
import { SessionType } from '../accounts/schema.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { type Accepted, acceptInvitation } from './accept-invitation.ts'
import { InvitationInvalid } from './errors.ts'
import { OrganizerType } from './schema.ts'

builder.objectType(InvitationInvalid, {
  name: 'InvitationInvalidError',
  description:
    'The token is unknown, used, revoked or expired, without saying which. code: INVITATION_INVALID.',
  interfaces: [ErrorInterface],
})

const AcceptInvitationSuccessType = builder.objectRef<Accepted>('AcceptInvitationSuccess').implement({
  description: 'Who was invited is a member now, and signed in.',
  fields: (t) => ({
    session: t.field({
      type: SessionType,
      description: 'As from login.',
      resolve: ({ session }) => session,
    }),
    organizer: t.prismaField({
      type: OrganizerType,
      description: 'Whose member.',
      resolve: (query, { organizerId }, _args, ctx) =>
        ctx.deps.prisma.organizer.findUniqueOrThrow({ ...query, where: { id: organizerId } }),
    }),
  }),
})

const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'Who accepts.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The last part of the link in the mail.' }),
    name: t.string({
      required: true,
      description:
        'Of the new account, 1 to 100 characters in one line. Not looked at where the e-mail has an account.',
    }),
    password: t.string({
      required: true,
      description: "10 to 200 characters; the account's own where the invited e-mail has one.",
    }),
  }),
})

builder.mutationField('acceptInvitation', (t) =>
  t.field({
    extensions: forGuests,
    type: AcceptInvitationSuccessType,
    nullable: true,
    description:
      'Makes the owner of the invited e-mail a member of the organizer and signs them in. An invitation is good once: after ' +
      'a lost answer sign in with the password. The link in the mail is also a page that does the same.',
    errors: {
      types: [InvitationInvalid, InvalidCredentials, LockedOut, ValidationFailed],
      union: { name: 'AcceptInvitationResult', description: 'The session, or why nobody is a member.' },
    },
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, ctx) => acceptInvitation(ctx.deps, input, ctx.clientIp),
  }),
)
