import { type Caller, type Role, requireAccount } from '../../platform/caller.ts'
import { Forbidden, NotFound, Unauthenticated } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'

export type Permission =
  | 'event.write'
  | 'merchandise.read'
  | 'merchandise.write'
  | 'merchandise.fulfil'
  | 'order.read'
  | 'order.refund'
  | 'check_in.write'
  | 'report.read'
  | 'member.manage'
  | 'job.manage'

const EVERYTHING: readonly Permission[] = [
  'event.write',
  'merchandise.read',
  'merchandise.write',
  // Its own: whoever packs parcels must not be able to change prices and stock.
  'merchandise.fulfil',
  'order.read',
  'order.refund',
  'check_in.write',
  'report.read',
  'member.manage',
  'job.manage',
]

/** What a role may do. The only place where a role means anything. */
const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  OWNER: EVERYTHING,
  MANAGER: EVERYTHING.filter((permission) => permission !== 'member.manage'),
  FINANCE: ['order.read', 'order.refund', 'report.read'],
  SUPPORT: ['merchandise.read', 'merchandise.fulfil', 'order.read'],
  GATE: ['check_in.write'],
}

/** Staff of the organizer, whatever the role. */
export const isStaff = (caller: Caller, organizerId: string): boolean =>
  caller.kind === 'account' && caller.roles.has(organizerId)

export function may(caller: Caller, organizerId: string, permission: Permission): boolean {
  if (caller.kind !== 'account') return false
  const role = caller.roles.get(organizerId)
  return role !== undefined && permissions[role].includes(permission)
}

/**
 * Refuses a caller without the permission. For a stranger the object does not exist (NotFound, as for an unknown id);
 * staff that lack the permission get Forbidden; nobody signed in, Unauthenticated.
 */
export function requirePermission(
  caller: Caller,
  organizerId: string,
  permission: Permission,
  what: string,
  /** Where the id stands in the input, as the answer to an unknown one says it. */
  path: string[] | null = null,
): void {
  if (caller.kind === 'guest') throw new Unauthenticated()
  if (!isStaff(caller, organizerId)) throw new NotFound(what, path)
  if (!may(caller, organizerId, permission)) throw new Forbidden(permission)
}

/** The id of the organizer that this caller may act for. Throws what requirePermission throws, for a bad id as well. */
export function organizerFor(caller: Caller, id: string, permission: Permission): string {
  requireAccount(caller)
  const organizerId = parseId(id)
  if (!organizerId) throw new NotFound('Organizer')
  requirePermission(caller, organizerId, permission, 'Organizer')
  return organizerId
}
