import type { PaymentMethod, PaymentStatus } from '../../generated/prisma/enums.ts'
import type { Deps } from '../../platform/deps.ts'
import { parseId } from '../../platform/ids.ts'
import { money, toDecimal } from '../../platform/money.ts'
import type { PaymentGateway } from './gateway.ts'
import { SAID, type SandboxOutcome, sandboxNotification } from './sandbox-gateway.ts'
import { createSandboxMemory } from './sandbox-memory.ts'

/** A payment as the sandbox shows it. */
export interface SandboxPayment {
  readonly id: string
  readonly method: PaymentMethod
  readonly status: PaymentStatus
  readonly currencyCode: string
  /** As a decimal number. */
  readonly amount: string
  readonly orderNumber: string
  /** Null for an order of goods that are of no event. */
  readonly eventTitle: string | null
}

/** What the sandbox provider knows of its payments, and what it says of them. */
export function playSandbox(deps: Deps & { gateway: PaymentGateway }) {
  const memory = createSandboxMemory(deps.prisma, deps.clock)
  async function find(id: string): Promise<SandboxPayment | null> {
    const paymentId = parseId(id)
    if (!paymentId) return null
    const payment = await deps.prisma.payment.findUnique({
      where: { id: paymentId, gateway: 'sandbox' },
      include: { order: { select: { number: true, event: { select: { title: true } } } } },
    })
    if (!payment) return null
    const { method, status, currencyCode } = payment
    return {
      id: payment.id,
      method,
      status,
      currencyCode,
      orderNumber: payment.order.number,
      eventTitle: payment.order.event?.title ?? null,
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
