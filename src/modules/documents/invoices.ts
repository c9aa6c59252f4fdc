import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { BATCH, nextInvoices, organizersWithDueInvoices, oweInvoice } from './invoice-queries.ts'

/** An invoice that has its number. */
export interface Invoice {
  readonly label: string
  readonly issuedAt: Date
}

/**
 * The invoice of a paid order that cost something; null for any other. Made at most once. If it is asked for before the
 * chore came by, everything that the organizer owes gets its number now, so that many who ask at once need not go one by one.
 */
export async function invoiceOf(deps: Deps, orderId: string): Promise<Invoice | null> {
  const made = await numberedInvoice(deps.prisma, orderId)
  if (made) return made
  return serializable(deps, 'make-invoice', async (tx) => {
    const order = await tx.order.findUnique({ where: { id: orderId } })
    if (!order?.paidAt || order.totalMinor === 0n) return null
    await oweInvoice(tx, orderId, order.paidAt)
    // A few at a time, but this one among them.
    while (!(await numberedInvoice(tx, orderId))) await nextInvoices(tx, order.organizerId, deps.clock.now())
    return numberedInvoice(tx, orderId)
  })
}

async function numberedInvoice(client: Tx, orderId: string): Promise<Invoice | null> {
  const found = await client.invoice.findUnique({ where: { orderId } })
  return found?.label && found.issuedAt ? { label: found.label, issuedAt: found.issuedAt } : null
}

/** Gives every paid order its number, in the order of payment. */
export async function numberInvoices(deps: Deps): Promise<void> {
  for (const organizerId of await organizersWithDueInvoices(deps.prisma)) {
    const some = () =>
      serializable(deps, 'number-invoices', (tx) => nextInvoices(tx, organizerId, deps.clock.now()))
    while ((await some()) === BATCH) {
      // As long as there is more than one transaction takes.
    }
  }
}
