import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'

/** Ends a scanner's token and gives the device's id; a second time changes nothing. Throws NotFound and Forbidden. */
export async function revokeGateDevice(deps: Deps, caller: Caller, device: string): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = parseId(device)
  if (!id) throw new NotFound('Gate device')
  return serializable(deps, 'revokeGateDevice', async (tx) => {
    const found = await tx.gateDevice.findUnique({
      where: { id },
      select: { revokedAt: true, gate: { select: { event: { select: { organizerId: true } } } } },
    })
    if (!found) throw new NotFound('Gate device')
    const { organizerId } = found.gate.event
    requirePermission(caller, organizerId, 'member.manage', 'Gate device')
    if (found.revokedAt) return id
    const changes = { revokedAt: deps.clock.now() }
    await tx.gateDevice.update({ where: { id }, data: changes })
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'gate_device.revoke',
      targetType: 'GateDevice',
      targetId: id,
      data: changes,
    })
    return id
  })
}
