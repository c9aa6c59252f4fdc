import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { money, toDecimal } from '../../platform/money.ts'
import type { PaymentGateway } from './gateway.ts'
import { SAID, type SandboxOutcome, sandboxNotification } from './sandbox-gateway.ts'
import { createSandboxMemory } from './sandbox-memory.ts'

/** What the sandbox provider knows of its payments, and what it says of them. */
export function playSandbox(deps: Deps & { gateway: PaymentGateway }) {
  const memory = createSandboxMemory(deps.prisma, deps.clock)
  async function find(id: string) {
    const paymentId = parseId(id)
    if (!paymentId) return null
    const payment = await deps.prisma.payment.findUnique({ where: { id: paymentId, gateway: 'sandbox' } })
    if (!payment) return null
    const { method, status, currencyCode } = payment
    return {
      id: payment.id,
      method,
      status,
      currencyCode,
      amount: toDecimal(money(payment.amountMinor, currencyCode)),
    }
  }
  return {
    find,
    async notification(id: string, outcome: SandboxOutcome): Promise<Record<string, string> | null> {
      const payment = await find(id)
      const [serverKey] = deps.gateway.serverKeys
      if (!payment || !serverKey) return null
      // It remembers before it tells: who asks will hear it even if the notification is lost.
      await memory.become(payment.id, SAID[outcome].transaction_status)
      return sandboxNotification(serverKey, { ...payment, at: deps.clock.now() }, outcome)
    },
  }
}
