// What the sandbox provider remembers of its charges, as a real one would: shared by all processes, and apart from ours.
import type { Clock } from '../../platform/clock.ts'
import { money, toDecimal } from '../../platform/money.ts'
import type { PrismaClient } from '../../platform/prisma.ts'
import type { ChargeRequest } from './gateway.ts'
import type { Said } from './provider-word.ts'

export interface SandboxMemory {
  note(request: Pick<ChargeRequest, 'paymentId' | 'amount'>): Promise<void>
  /** Whatever it was before: a developer plays the bank. */
  become(paymentId: string, status: string): Promise<void>
  /** Null when it is not pending. */
  end(paymentId: string, status: 'cancel' | 'expire'): Promise<Said | null>
  status(paymentId: string): Promise<Said | null>
}

const CODES: Readonly<Record<string, string>> = { pending: '201', deny: '202', expire: '407' }

export function createSandboxMemory(prisma: PrismaClient, clock: Clock): SandboxMemory {
  const table = prisma.sandboxTransaction
  async function status(paymentId: string): Promise<Said | null> {
    const row = await table.findUnique({ where: { paymentId } })
    if (!row) return null
    const word = {
      order_id: paymentId,
      status_code: CODES[row.status] ?? '200',
      gross_amount: toDecimal(money(row.amountMinor, row.currencyCode)),
      transaction_status: row.status,
      transaction_id: `sandbox-${paymentId}`,
      fraud_status: 'accept',
      refunds: null,
    }
    return { word, body: JSON.stringify(word) }
  }
  return {
    status,
    async note({ paymentId, amount }) {
      const { minor: amountMinor, currencyCode } = amount
      const row = { paymentId, status: 'pending', amountMinor, currencyCode, createdAt: clock.now() }
      await table.createMany({ data: [row], skipDuplicates: true })
    },
    async become(paymentId, next) {
      await table.updateMany({ where: { paymentId }, data: { status: next } })
    },
    async end(paymentId, next) {
      const { count } = await table.updateMany({
        where: { paymentId, status: 'pending' },
        data: { status: next },
      })
      return count === 0 ? null : status(paymentId)
    },
  }
}
