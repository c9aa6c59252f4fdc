import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { eventFor } from './event-for.ts'
import { type GateFields, readGate } from './gate-input.ts'
import { MAX_PARTS } from './limits.ts'

export type CreateGateInput = GateFields & { readonly eventId: string }

/** Adds a gate to an event and gives its id. Throws ValidationFailed and what eventFor throws. */
export async function createGate(deps: Deps, caller: Caller, input: CreateGateInput): Promise<string> {
  const { accountId: actorId } = requireAccount(caller)
  const id = newId()
  return serializable(deps, 'createGate', async (tx) => {
    const event = await eventFor(tx, caller, input.eventId, 'event.write')
    const eventId = event.id
    const categories = await tx.ticketCategory.findMany({ where: { eventId }, select: { id: true } })
    const { name, ticketCategoryIds } = readGate(input, { name: '', ticketCategoryIds: [] }, categories)
    const siblings = await tx.gate.count({ where: { eventId } })
    if (siblings >= MAX_PARTS) throw invalid(['input', 'eventId'], `An event has at most ${MAX_PARTS} gates.`)
    await tx.gate.create({ data: { id, eventId, name, createdAt: deps.clock.now() } })
    await tx.gateCategory.createMany({
      data: ticketCategoryIds.map((ticketCategoryId) => ({ gateId: id, ticketCategoryId })),
    })
    await audit(deps, tx, {
      organizerId: event.organizerId,
      actorId,
      action: 'gate.create',
      targetType: 'Gate',
      targetId: id,
      data: { eventId, name, ticketCategoryIds },
    })
    return id
  })
}
