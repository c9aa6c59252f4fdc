import { Unauthenticated } from './errors.ts'

export type Role = 'OWNER' | 'MANAGER' | 'FINANCE' | 'SUPPORT' | 'GATE'

export interface AccountCaller {
  readonly kind: 'account'
  readonly accountId: string
  readonly sessionId: string
  readonly name: string
  readonly email: string
  /** Role by organizer id. */
  readonly roles: ReadonlyMap<string, Role>
}

export interface DeviceCaller {
  readonly kind: 'device'
  readonly deviceId: string
  readonly gateId: string
  readonly eventId: string
  readonly organizerId: string
}

export interface GuestCaller {
  readonly kind: 'guest'
}

/** Who asks: a signed-in account, a gate device, or a guest. */
export type Caller = AccountCaller | DeviceCaller | GuestCaller

export const guest: GuestCaller = { kind: 'guest' }

export function requireAccount(caller: Caller): AccountCaller {
  if (caller.kind !== 'account') throw new Unauthenticated()
  return caller
}

/** The scope of an idempotency key. A guest is known by the e-mail of the order. */
export function callerKey(caller: Caller, guestEmail: string): string {
  if (caller.kind === 'account') return `account:${caller.accountId}`
  if (caller.kind === 'device') return `device:${caller.deviceId}`
  return `guest:${guestEmail.toLowerCase()}`
}
