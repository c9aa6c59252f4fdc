import type { Deps } from '../../platform/deps.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { type Invoice, invoiceOf } from './invoices.ts'

// What is shown, and no more: the version of a drawing is made of this.
const shown = {
  number: true,
  buyerName: true,
  buyerEmail: true,
  paidAt: true,
  currencyCode: true,
  subtotalMinor: true,
  discountMinor: true,
  promoCode: true,
  totalMinor: true,
  organizer: { select: { name: true } },
  event: { select: { title: true, timeZone: true } },
  lines: {
    select: { name: true, quantity: true, unitPriceMinor: true, totalMinor: true },
    orderBy: { position: 'asc' },
  },
  payments: {
    select: { method: true },
    where: { settledAt: { not: null } },
    orderBy: { settledAt: 'asc' },
    take: 1,
  },
  // What paid for no order is not part of what this one cost.
  refunds: {
    select: { amountMinor: true, status: true, createdAt: true },
    where: { status: { not: 'CANCELLED' }, cause: { not: 'UNPLACED' } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  },
} satisfies Prisma.OrderSelect

/** All that an invoice shows. */
export type InvoiceView = Prisma.OrderGetPayload<{ select: typeof shown }> & { readonly invoice: Invoice }

/** What the invoice of a paid order shows; null for one that has none. */
export async function invoiceView(deps: Deps, orderId: string): Promise<InvoiceView | null> {
  const invoice = await invoiceOf(deps, orderId)
  if (!invoice) return null
  const order = await deps.prisma.order.findUnique({ where: { id: orderId }, select: shown })
  return order && { ...order, invoice }
}
