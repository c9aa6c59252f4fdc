import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { money, toDecimal } from '../../platform/money.ts'
import type { PaymentGateway } from './gateway.ts'
import { type SandboxOutcome, sandboxNotification } from './sandbox-gateway.ts'

/** What the sandbox provider knows of its payments, and what it says of them. */
export function playSandbox(deps: Deps & { gateway: PaymentGateway }) {
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
      return (
        payment && sandboxNotification(deps.gateway.serverKey, { ...payment, at: deps.clock.now() }, outcome)
      )
    },
  }
}
