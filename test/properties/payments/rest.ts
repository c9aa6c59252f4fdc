// The end of a sale: everything is let run dry, and then every rupiah must be where the books say.
import { expect } from 'vitest'
import { numberInvoices } from '../../../src/modules/documents/invoices.ts'
import { createExpirySweep } from '../../../src/modules/orders/expire-orders.ts'
import { reconcilePayments } from '../../../src/modules/payments/reconcile-payments.ts'
import { leftOf } from '../../setup/fake-midtrans/ledger.ts'
import { expectInvariants } from '../../setup/oracle.ts'
import { payByHand } from './deeds.ts'
import type { Sale } from './till.ts'

const ROUNDS = 30
const ROUND_SECONDS = 700

/** Lets time pass until nothing is due any more. No notification is needed for it but of refunds that others made. */
export async function runDry(sale: Sale): Promise<void> {
  const { app } = sale.till
  for (const letter of sale.letters) if (letter.mustArrive) await sale.deliver(letter)
  for (let round = 0; round < ROUNDS; round += 1) {
    await sale.chore(null, (deps) => createExpirySweep(deps)())
    await sale.chore(null, reconcilePayments)
    await sale.work(null, 1)
    await sale.chore(null, numberInvoices)
    if ((await openThings(sale)) === '') return
    app.clock.advance(ROUND_SECONDS)
  }
  throw new Error(`This never came to rest: ${await openThings(sale)}`)
}

async function openThings({ till: { app } }: Sale): Promise<string> {
  const { prisma } = app
  const open = {
    jobs: await prisma.outbox.count({ where: { closedAt: null } }),
    orders: await prisma.order.count({ where: { status: 'PENDING_PAYMENT' } }),
    payments: await prisma.payment.count({
      where: { OR: [{ status: 'PENDING' }, { nextCheckAt: { not: null } }] },
    }),
    refunds: await prisma.refund.count({ where: { status: 'PENDING' } }),
    messages: await prisma.message.count({ where: { state: 'QUEUED' } }),
  }
  return Object.entries(open)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join()
}

/** All that must be true of a sale that has come to rest. */
export async function expectAllWell(sale: Sale): Promise<void> {
  const ids = sale.orders.map(({ id }) => id)
  await expectInvariants(sale.till.app.prisma, ids)
  // Staff pay what the provider cannot: then nobody is owed anything.
  await payByHand(sale, { status: { in: ['MANUAL', 'FAILED'] } })
  await sale.work(null, 1)
  await expectInvariants(sale.till.app.prisma, ids)
  await expectMoney(sale)
  await expectMessages(sale)
}

interface Balance {
  readonly id: string
  readonly cash: number
  readonly owed: number
}

async function expectMoney({ till: { app, provider }, charges }: Sale): Promise<void> {
  const payments = await app.prisma.payment.findMany({ include: { refunds: true } })
  const balances = await app.prisma.$queryRaw<Balance[]>`
    SELECT payment_id::text AS id,
      coalesce(sum(amount) FILTER (WHERE account IN ('CASH_AT_PROVIDER', 'PROVIDER_FEES')), 0)::int / 100 AS cash,
      coalesce(sum(amount) FILTER (WHERE account = 'REFUNDS_PAYABLE'), 0)::int / 100 AS owed
    FROM ledger_entry CROSS JOIN LATERAL (VALUES (debit, amount_minor), (credit, -amount_minor)) AS side (account, amount)
    GROUP BY payment_id`
  const known = new Set(payments.map(({ id }) => id))
  expect(charges().filter((id) => !known.has(id))).toEqual([])
  for (const { id, refunds } of payments) {
    const { cash, owed } = balances.find((one) => one.id === id) ?? { cash: 0, owed: 0 }
    const there = provider.orders.get(id)
    const held = there && /^settlement$|refund$|chargeback$/.test(there.status) ? leftOf(there) : 0
    // What staff have paid by hand and a bank takes back as well is a loss, for people to settle: an alarm says so (0024).
    const byHand = sum(refunds.filter(({ reference }) => reference !== null))
    expect(cash, id).toBeGreaterThanOrEqual(held)
    expect(cash - held, id).toBeLessThanOrEqual(byHand)
    expect(owed).toBe(0)
    // Each refund went out once, under its own key, and nothing else did.
    const sent = refunds.filter(
      ({ status, reference, cause }) => status === 'SUCCEEDED' && reference === null && cause !== 'REVERSAL',
    )
    const ours = sent.map(
      ({ id: refundId, refundKey, amountMinor }) => `${refundKey ?? refundId} ${amountMinor / 100n}`,
    )
    const theirs = (there?.refunds ?? []).map(
      (one) => `${one.refund_key ?? `provider-${one.refund_chargeback_id}`} ${Number(one.refund_amount)}`,
    )
    if (byHand === 0) expect(ours.sort()).toEqual(theirs.sort())
  }
}

const sum = (refunds: readonly { readonly amountMinor: bigint }[]): number =>
  Number(refunds.reduce((all, { amountMinor }) => all + amountMinor, 0n) / 100n)

/** One message a cause; mails are copies only where a process died with one in its hands, under the same Message-ID. */
async function expectMessages({ till: { app, mails } }: Sale): Promise<void> {
  const messages = await app.prisma.message.findMany()
  const causes = messages.map(({ orderId, cause, causeId, channel }) =>
    [orderId, cause, causeId, channel].join(),
  )
  expect(new Set(causes).size).toBe(causes.length)
  expect(messages.filter(({ state }) => state === 'FAILED')).toEqual([])
  const mailed = new Set(mails)
  for (const { id, state } of messages) if (state === 'SENT') expect(mailed.has(id)).toBe(true)
  const known = new Set(messages.map(({ id }) => id))
  expect(mails.filter((id) => !known.has(id))).toEqual([])
}
