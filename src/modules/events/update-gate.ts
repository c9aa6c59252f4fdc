import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit, changedFields } from '../organizers/audit.ts'
import { gateFor } from './gate-for.ts'
import { type GateFields, type GateValues, readGate } from './gate-input.ts'

export type UpdateGateInput = GateFields & { readonly id: string }

/** Changes what the input names and gives the id. Throws ValidationFailed and what gateFor throws. */
export async function updateGate(deps: Deps, caller: Caller, input: UpdateGateInput): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  return serializable(deps, 'updateGate', async (tx) => {
    const { id, eventId, organizerId, name } = await gateFor(tx, caller, input.id, 'event.write')
    const categories = await tx.ticketCategory.findMany({ where: { eventId }, select: { id: true } })
    const admitted = await tx.gateCategory.findMany({
      where: { gateId: id },
      orderBy: { ticketCategoryId: 'asc' },
    })
    const current = { name, ticketCategoryIds: admitted.map((row) => row.ticketCategoryId) }
    const changes = changedFields<GateValues>(current, readGate(input, current, categories))
    if (Object.keys(changes).length === 0) return id
    if (changes.name !== undefined) await tx.gate.update({ where: { id }, data: { name: changes.name } })
    if (changes.ticketCategoryIds !== undefined) {
      await tx.gateCategory.deleteMany({ where: { gateId: id } })
      await tx.gateCategory.createMany({
        data: changes.ticketCategoryIds.map((ticketCategoryId) => ({ gateId: id, ticketCategoryId })),
      })
    }
    await audit(deps, tx, {
      organizerId,
      actorId,
      action: 'gate.update',
      targetType: 'Gate',
      targetId: id,
      data: changes,
    })
    return id
  })
}
