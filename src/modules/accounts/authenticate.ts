import type { AccountCaller, Caller, DeviceCaller } from '../../platform/caller.ts'
import { guest } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, Unavailable } from '../../platform/errors.ts'
import { badAccessToken, verifyAccessToken } from './access-tokens.ts'
import { hashToken } from './refresh-tokens.ts'

type AuthDeps = Pick<Deps, 'prisma' | 'settings' | 'clock' | 'log'>

// A scheme is the same in any case (RFC 9110).
const BEARER = /^bearer +([\w.-]+)$/i
const DEVICE_TOKEN = /^kgd_[\w-]+$/

/**
 * Who asks, by the Authorization header: nobody without one, an account with an access token, a gate device with its
 * own token. Throws Unauthenticated for a header that is neither, and for a session or device that is over; Unavailable
 * where that cannot be found out, so that nobody is signed out for it.
 */
export async function authenticate(deps: AuthDeps, authorization: string | null): Promise<Caller> {
  if (authorization === null) return guest
  const token = BEARER.exec(authorization)?.[1]
  if (!token) throw badAccessToken()
  try {
    return await (DEVICE_TOKEN.test(token) ? findDevice(deps, token) : findAccount(deps, token))
  } catch (error) {
    if (error instanceof DomainError) throw error
    deps.log.error({ err: error }, 'a caller could not be looked up')
    throw new Unavailable()
  }
}

async function findAccount(deps: AuthDeps, token: string): Promise<AccountCaller> {
  const { accountId, sessionId } = await verifyAccessToken(deps, token)
  const session = await deps.prisma.session.findUnique({
    // One statement: every signed-in request waits for it.
    relationLoadStrategy: 'join',
    where: { id: sessionId },
    select: {
      accountId: true,
      expiresAt: true,
      revokedAt: true,
      account: {
        select: { name: true, email: true, memberships: { select: { organizerId: true, role: true } } },
      },
    },
  })
  if (!session || session.revokedAt || session.expiresAt <= deps.clock.now()) throw badAccessToken()
  if (session.accountId !== accountId) throw badAccessToken()
  const { name, email, memberships } = session.account
  const roles = new Map(memberships.map(({ organizerId, role }) => [organizerId, role]))
  return { kind: 'account', accountId, sessionId, name, email, roles }
}

async function findDevice(deps: AuthDeps, token: string): Promise<DeviceCaller> {
  const device = await deps.prisma.gateDevice.findUnique({
    relationLoadStrategy: 'join',
    where: { tokenHash: hashToken(token) },
    select: {
      id: true,
      gateId: true,
      revokedAt: true,
      gate: { select: { eventId: true, event: { select: { organizerId: true } } } },
    },
  })
  if (!device || device.revokedAt) throw badAccessToken()
  const { gate, gateId } = device
  const { organizerId } = gate.event
  return { kind: 'device', deviceId: device.id, gateId, eventId: gate.eventId, organizerId }
}
