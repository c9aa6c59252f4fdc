import { createHash, randomBytes } from 'node:crypto'
import { type Caller, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { audit } from '../organizers/audit.ts'
import { InputCheck } from '../organizers/input-check.ts'
import { gateFor } from './gate-for.ts'

export interface RegisterGateDeviceInput {
  readonly gateId: string
  readonly name: string
}

/**
 * Gives a scanner a token of its own for one gate. Only the token's hash is stored, so this answer is the one place that
 * shows it. Throws ValidationFailed and what gateFor throws.
 */
export async function registerGateDevice(
  deps: Deps,
  caller: Caller,
  input: RegisterGateDeviceInput,
): Promise<{ deviceId: string; token: string }> {
  const { accountId: actorId } = requireAccount(caller)
  const token = `kgd_${randomBytes(32).toString('base64url')}`
  const deviceId = newId()
  return serializable(deps, 'registerGateDevice', async (tx) => {
    const gate = await gateFor(tx, caller, input.gateId, 'member.manage')
    const check = new InputCheck()
    const name = check.line('name', input.name, 100)
    check.done()
    await tx.gateDevice.create({
      data: {
        id: deviceId,
        gateId: gate.id,
        name,
        tokenHash: createHash('sha256').update(token).digest(),
        createdAt: deps.clock.now(),
      },
    })
    await audit(deps, tx, {
      organizerId: gate.organizerId,
      actorId,
      action: 'gate_device.register',
      targetType: 'GateDevice',
      targetId: deviceId,
      data: { gateId: gate.id, name },
    })
    return { deviceId, token }
  })
}
