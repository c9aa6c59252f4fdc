import { type Caller, requireAccount } from '../../platform/caller.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type Permission, requirePermission } from '../organizers/permissions.ts'

interface StaffGate {
  readonly id: string
  readonly eventId: string
  readonly organizerId: string
  readonly name: string
}

/** The gate that staff want to change. Throws as eventFor does. */
export async function gateFor(
  client: Pick<Tx, 'gate'>,
  caller: Caller,
  id: string,
  permission: Permission,
): Promise<StaffGate> {
  requireAccount(caller)
  const gateId = parseId(id)
  const gate =
    gateId &&
    (await client.gate.findUnique({
      where: { id: gateId },
      select: { id: true, eventId: true, name: true, event: { select: { organizerId: true } } },
    }))
  if (!gate) throw new NotFound('Gate')
  const { event, ...rest } = gate
  requirePermission(caller, event.organizerId, permission, 'Gate')
  return { ...rest, organizerId: event.organizerId }
}
