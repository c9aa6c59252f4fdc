import type { AppDeps } from '../../context.ts'
import { InvalidCredentials, LockedOut } from '../../modules/accounts/errors.ts'
import { FORM_POLICY } from '../../modules/documents/page.ts'
import { acceptInvitation } from '../../modules/organizers/accept-invitation.ts'
import { InvitationInvalid } from '../../modules/organizers/errors.ts'
import { findInvitation, type OpenInvitation } from '../../modules/organizers/invitations.ts'
import { Busy, ValidationFailed } from '../../platform/errors.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import type { Locale } from '../../platform/locale.ts'
import { type NetworkLimiter, openNetworkLimiter } from '../../platform/network-limiter.ts'
import { localeOf } from './asked-locale.ts'
import { acceptedPage, invitationForm, type Refusal, refusedInvitation } from './invitation-page.ts'
import { path, type Reply, type Route, type RouteRequest } from './route.ts'
import { secretHeaders } from './secret-headers.ts'

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i
const PATH = path('/invitations/:token')
// 10 a second, burst 50: an office behind one address, and no flood of look-ups.
const LIMIT = { points: 50, seconds: 5 }

/**
 * A page on which who was invited chooses a password, so that a new installation needs nothing but a browser. Looking at it
 * changes nothing: programs that check mails open every link.
 */
export function invitationRoutes(deps: AppDeps, openLimiter: OpenLimiter): Route[] {
  const limiter = openNetworkLimiter(openLimiter, 'invitation-page', LIMIT)
  const route = (method: Route['method'], answer: (asked: Asked) => Promise<Reply>): Route => ({
    name: method === 'GET' ? 'invitation' : 'invitation-accept',
    reach: 'public',
    method,
    path: PATH,
    async handle(request) {
      const locale = localeOf(request.url.searchParams.get('lang'), request.headers['accept-language'])
      const wait = await tooMany(limiter, request.clientIp)
      if (wait !== null) return shown(429, locale, refusedInvitation(locale, 'busy'), wait)
      const invitation = await findInvitation(deps, request.params['token'] ?? '')
      if (!invitation) return gone(locale)
      return answer({ request, locale, invitation })
    },
  })
  return [
    route('GET', async ({ locale, invitation }) =>
      shown(200, locale, invitationForm(locale, invitation, await hasAccount(deps, invitation))),
    ),
    route('POST', (asked) => accept(deps, asked)),
  ]
}

interface Asked {
  readonly request: RouteRequest
  readonly locale: Locale
  readonly invitation: OpenInvitation
}

async function accept(deps: AppDeps, { request, locale, invitation }: Asked): Promise<Reply> {
  const { headers, params, body, clientIp } = request
  // Only this page may send its form. What sends no such header is no browser, and has the link.
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined))
    return shown(403, locale, refusedInvitation(locale, 'invalid'))
  if (!FORM_TYPE.test(headers['content-type'] ?? ''))
    return { status: 415, headers: secretHeaders(), body: 'Post the form.\n' }
  const form = new URLSearchParams(body.toString('utf8'))
  const name = form.get('name') ?? ''
  try {
    const input = { token: params['token'] ?? '', name, password: form.get('password') ?? '' }
    await acceptInvitation(deps, input, clientIp)
    return shown(200, locale, acceptedPage(locale, invitation.organizer.name))
  } catch (error) {
    if (error instanceof InvitationInvalid) return gone(locale)
    const failed = failure(error)
    const again = invitationForm(locale, invitation, await hasAccount(deps, invitation), { ...failed, name })
    return shown(failed.status, locale, again, failed.retryAfterSeconds)
  }
}

interface Failure {
  readonly status: number
  readonly why: Refusal
  readonly detail?: string
  readonly retryAfterSeconds?: number
}

/** What is said of an expected failure; any other is thrown on. */
function failure(error: unknown): Failure {
  if (error instanceof ValidationFailed) {
    return { status: 400, why: 'input', detail: error.issues.map(({ message }) => message).join(' ') }
  }
  if (error instanceof InvalidCredentials) return { status: 403, why: 'password' }
  if (error instanceof LockedOut)
    return { status: 429, why: 'password', retryAfterSeconds: error.retryAfterSeconds }
  if (error instanceof Busy) return { status: 503, why: 'busy', retryAfterSeconds: error.retryAfterSeconds }
  throw error
}

const hasAccount = async ({ prisma }: AppDeps, { email }: OpenInvitation): Promise<boolean> =>
  (await prisma.account.count({ where: { email } })) > 0

async function tooMany(limiter: NetworkLimiter, clientIp: string): Promise<number | null> {
  const { allowed, resetSeconds } = await limiter.take(clientIp)
  return allowed ? null : resetSeconds
}

/** The same for an unknown, a used, a revoked and an expired one. */
const gone = (locale: Locale): Reply => shown(410, locale, refusedInvitation(locale, 'invalid'))

const shown = (status: number, locale: Locale, body: string, retryAfterSeconds?: number): Reply => ({
  status,
  headers: {
    ...secretHeaders({ policy: FORM_POLICY }),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': locale,
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  },
  body,
})
