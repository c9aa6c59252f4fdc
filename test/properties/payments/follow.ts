// One deed after the other, each with what the rules say must come of it.
import { expect } from 'vitest'
import { act, type Deed, nth } from './deeds.ts'
import { type Facts, type Heard, Model } from './model.ts'
import type { Sale } from './till.ts'

/** Does deeds one by one; after each, orders and stock are what the model makes of what was done and heard. */
export async function follow(sale: Sale, deeds: readonly Deed[]): Promise<void> {
  const model = new Model()
  const heard = new Set<string>()
  for (const [at, deed] of deeds.entries()) {
    const facts = await factsOf(sale)
    const known = sale.orders.length
    await act(sale, deed)
    for (const placed of sale.orders.slice(known)) model.add(placed)
    const chosen = 'which' in deed ? nth(sale.orders.slice(0, known), deed.which)?.id : undefined
    if (deed.kind === 'sweep' || (deed.kind === 'buy' && deed.late)) model.expire(sale.till.app.clock.now())
    if (deed.kind === 'cancel' && chosen) model.cancel(chosen)
    if (deed.kind === 'refund' && chosen) model.refund(chosen, deed)
    for (const word of await wordsOf(sale, heard)) model.hear(word, facts)
    const step = `${at} ${deed.kind}`
    expect({ step, ...(await statesOf(sale)) }).toEqual({ step, ...Object.fromEntries(model.states()) })
    expect(await sale.world.remaining(), step).toEqual(model.remaining())
  }
}

async function statesOf({ till: { app } }: Sale): Promise<Record<string, string>> {
  const orders = await app.prisma.order.findMany()
  return Object.fromEntries(
    orders.map(({ id, status, totalMinor, refundedMinor }) => [
      id,
      `${status} ${(totalMinor - refundedMinor) / 100n}`,
    ]),
  )
}

async function factsOf({ till: { app } }: Sale): Promise<Facts> {
  const refunds = await app.prisma.refund.findMany({ orderBy: { id: 'asc' } })
  const fulfilments = await app.prisma.fulfilment.findMany({ where: { deliveredAt: { not: null } } })
  const gone = new Map<string, number>()
  for (const { paymentId, status, amountMinor } of refunds)
    if (status === 'SUCCEEDED') gone.set(paymentId, (gone.get(paymentId) ?? 0) + Number(amountMinor / 100n))
  return {
    gone,
    own: new Map(
      refunds
        .filter(({ refundKey }) => refundKey === null)
        .map(({ id, status }) => [id, status === 'SUCCEEDED']),
    ),
    delivered: new Set(fulfilments.map(({ orderId }) => orderId)),
  }
}

interface Told {
  readonly gross_amount: string
  readonly refunds?: readonly {
    readonly refund_key?: string
    readonly refund_chargeback_id?: number
    readonly refund_amount: string
    readonly bank_confirmed_at?: string
  }[]
}

/** What was kept of the provider's words since the last time, the oldest first. */
async function wordsOf({ till: { app } }: Sale, heard: Set<string>): Promise<Heard[]> {
  const rows = await app.prisma.paymentNotification.findMany({
    // What was not believed had no effect: what the provider said of it when asked is a row of its own.
    where: { id: { notIn: [...heard] }, believed: true },
    include: { payment: true },
    orderBy: { id: 'asc' },
  })
  return rows.map(({ id, body, paymentId, payment, transactionStatus: status }) => {
    heard.add(id)
    const { refunds = [] }: Told = JSON.parse(String(body))
    const counts = refunds.filter((one) => status.endsWith('chargeback') || one.bank_confirmed_at)
    return {
      orderId: payment.orderId,
      paymentId,
      status,
      refunds: counts.map((one) => ({
        key: one.refund_key ?? `provider-${one.refund_chargeback_id}`,
        amount: Number(one.refund_amount),
      })),
    }
  })
}
