import { builder, cache, forGuests } from '../../builder.ts'
import { ValidationFailed } from '../../platform/errors.ts'
import { ErrorInterface } from '../shared/schema.ts'
import { EmailTaken, InvalidCredentials, LockedOut } from './errors.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { findMe } from './queries.ts'
import { refreshSession } from './refresh-session.ts'
import { register } from './register.ts'
import type { SessionView } from './sessions.ts'

/** Shown only to its owner. Other modules add what they know of a user (orders) with builder.objectField. */
export const UserType = builder.prismaObject('Account', {
  name: 'User',
  description: 'The account of whoever asks. Nobody sees that of somebody else.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    name: t.exposeString('name', { description: 'As given at registration.' }),
    email: t.exposeString('email', { description: 'In lower case; unique among accounts.' }),
  }),
})

export const SessionType = builder.objectRef<SessionView>('Session').implement({
  description: 'One signed-in device of an account. Its tokens are shown here only.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', {
      description: 'For requests, as Authorization: Bearer. It ends early when the session does.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
      type: 'DateTime',
      description: 'From then on a request with accessToken is refused with UNAUTHENTICATED.',
    }),
    refreshToken: t.exposeString('refreshToken', {
      description:
        'For refreshSession, once or again within 30 seconds, and for logout. Keep it where scripts of other sites cannot read it.',
    }),
    user: t.field({
      type: UserType,
      description: 'Who is signed in.',
      resolve: (session) => session.account,
    }),
  }),
})

builder.objectType(EmailTaken, {
  name: 'EmailTakenError',
  description: 'An account with this e-mail exists. code: EMAIL_TAKEN.',
  interfaces: [ErrorInterface],
})
builder.objectType(InvalidCredentials, {
  name: 'InvalidCredentialsError',
  description:
    'The e-mail or the password is wrong, without saying which; of refreshSession: the session is over. ' +
    'code: INVALID_CREDENTIALS.',
  interfaces: [ErrorInterface],
})
builder.objectType(LockedOut, {
  name: 'LockedOutError',
  description: 'Too many failures for this e-mail from here, or from this network alone. code: LOCKED_OUT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      description:
        'At least 1. Until then the right password of this e-mail may be refused as well; the next failure doubles it.',
    }),
  }),
})

const LoginResult = builder.errorUnion('LoginResult', {
  description: 'The session, or why nobody is signed in.',
  types: [SessionType, InvalidCredentials, LockedOut, ValidationFailed],
  // Failures are known by their class before this is asked.
  resolveType: () => SessionType,
})

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'Who wants an account.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '1 to 100 characters in one line, without web or e-mail addresses.',
    }),
    email: t.string({
      required: true,
      description:
        'As RFC 5321 can carry it, at most 254 characters. Compared as a person means it: blanks around it, upper case, ' +
        'full-width and invisible characters do not count, and a domain is the same in its own letters and in ASCII.',
    }),
    password: t.string({
      required: true,
      description:
        '10 to 200 characters, any of them. Not one’s own e-mail, a run such as 1234567890, the same few again and again, ' +
        'or what is tried first.',
    }),
    phone: t.string({
      description:
        '8 to 15 digits, with or without + in front; blanks, dashes, dots, brackets, invisible characters and (0) do not count.',
    }),
  }),
})

const LoginInput = builder.inputType('LoginInput', {
  description: 'Who signs in.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'As at registration, in any case.' }),
    password: t.string({ required: true, description: 'As at registration.' }),
    refreshToken: t.string({
      description:
        'The last refresh token that this device had of the account, also when its session is over: failures of others then ' +
        'never lock this device out. Null and what is none change nothing.',
    }),
  }),
})

builder.queryField('me', (t) =>
  t.prismaField({
    type: UserType,
    nullable: true,
    description: 'Whoever asks. Null for guests and gate devices.',
    extensions: cache.private,
    resolve: (query, _root, _args, ctx) => findMe(ctx.deps, ctx.caller, query),
  }),
)

builder.mutationFields((t) => ({
  register: t.field({
    extensions: forGuests,
    type: SessionType,
    description:
      'Makes an account and signs it in. In a rush it may fail with BUSY; ask again a moment later.',
    errors: {
      types: [EmailTaken, ValidationFailed],
      union: { name: 'RegisterResult', description: 'The session, or why there is no new account.' },
    },
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, ctx) => register(ctx.deps, input, ctx.clientIp),
  }),
  login: t.field({
    extensions: forGuests,
    type: LoginResult,
    description:
      'Signs in on one more device. After 5 failures for an e-mail from one network each further one doubles the wait there: ' +
      '8 seconds to 15 minutes. Networks and devices from which the account signed in before do not wait for failures ' +
      'elsewhere. In a rush it may fail with BUSY; that counts as no failure.',
    args: { input: t.arg({ type: LoginInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, ctx) => login(ctx.deps, input, ctx.clientIp),
  }),
  refreshSession: t.field({
    extensions: forGuests,
    type: LoginResult,
    description:
      'A new access token and a new refresh token; the old refresh token is used up. Whoever lost the answer, or has ' +
      'another tab, sends the same token within 30 seconds and gets the same new one. A used token that comes later ends the ' +
      'session for every holder. Only InvalidCredentialsError can come of it.',
    args: {
      refreshToken: t.arg.string({ required: true, description: 'The newest one of the session.' }),
    },
    resolve: (_root, { refreshToken }, ctx) => refreshSession(ctx.deps, refreshToken),
  }),
  logout: t.boolean({
    extensions: forGuests,
    description:
      'Ends the session at once, access tokens included. Always true, whether or not there was such a session.',
    args: { refreshToken: t.arg.string({ required: true, description: 'A token of the session.' }) },
    resolve: (_root, { refreshToken }, ctx) => logout(ctx.deps, refreshToken),
  }),
}))
