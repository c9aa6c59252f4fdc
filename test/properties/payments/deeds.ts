// What may happen to money, one deed at a time; each may come at any moment, and more than once.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { cancelEvent } from '../../../src/modules/events/cancel-event.ts'
import { fulfilOrder } from '../../../src/modules/fulfilment/fulfil-order.ts'
import { cancelOrder } from '../../../src/modules/orders/cancel-order.ts'
import { createExpirySweep } from '../../../src/modules/orders/expire-orders.ts'
import { confirmManualRefund } from '../../../src/modules/payments/confirm-manual-refund.ts'
import { payOrder } from '../../../src/modules/payments/pay-order.ts'
import { receiveNotification } from '../../../src/modules/payments/receive-notification.ts'
import { reconcilePayments } from '../../../src/modules/payments/reconcile-payments.ts'
import { refundOrder } from '../../../src/modules/payments/refund-order.ts'
import { retryRefund } from '../../../src/modules/payments/retry-refund.ts'
import { DomainError } from '../../../src/platform/errors.ts'
import type { Prisma } from '../../../src/platform/prisma.ts'
import { leftOf } from '../../setup/fake-midtrans/ledger.ts'
import type { Fault } from '../../setup/fake-midtrans.ts'
import { units } from '../commands.ts'
import { type Placed, placedOf, type Units } from '../world.ts'
import { type Death, type Letter, nobody, type Sale } from './till.ts'

const METHODS = ['QRIS', 'GOPAY', 'BCA_VA', 'PERMATA_VA', 'SNAP'] as const
type Method = (typeof METHODS)[number]
// What banks take back most often in a test.
const method = fc.constantFrom(...METHODS, 'PERMATA_VA' as const, 'SNAP' as const)

const MUCH = ['all', 'some', 'lines'] as const
const STEPS = ['PACKED', 'HANDED_OVER'] as const

export type Deed =
  | { readonly kind: 'order'; readonly who: number; readonly units: Units }
  | {
      readonly kind: 'pay'
      readonly which: number
      readonly method: Method
      readonly faults: readonly Fault[]
      readonly death: Death
    }
  /** An order that is paid for at the provider, and told of so often; late: when its time is over. */
  | {
      readonly kind: 'buy'
      readonly who: number
      readonly units: Units
      readonly method: Method
      readonly copies: number
      readonly late: boolean
    }
  /** At the provider, where nobody tells us: the buyer pays or is denied, the bank changes its mind. */
  | {
      readonly kind: 'buyer pays' | 'provider denies' | 'provider expires'
      readonly which: number
      readonly told: number
    }
  /** On a Snap page: for the first time, or once more after an attempt that failed. */
  | { readonly kind: 'buyer tries'; readonly which: number; readonly pays: boolean; readonly told: number }
  | {
      readonly kind: 'provider gives back'
      readonly which: number
      readonly all: boolean
      readonly chargeback: boolean
      readonly told: number
    }
  | { readonly kind: 'provider forgets' }
  | { readonly kind: 'provider fails'; readonly faults: readonly Fault[] }
  | { readonly kind: 'tell'; readonly which: number; readonly copies: number; readonly death: Death }
  /** confirmed: the bank has said yes to all refunds by now. */
  | { readonly kind: 'tell anew'; readonly which: number; readonly confirmed: boolean }
  | { readonly kind: 'poll' | 'sweep'; readonly after: number; readonly death: Death }
  | { readonly kind: 'cancel'; readonly which: number; readonly death: Death }
  | {
      readonly kind: 'refund'
      readonly which: number
      readonly much: (typeof MUCH)[number]
      readonly restock: boolean
      readonly manual: boolean
      /** What is to be paid by hand of this order is paid at once. */
      readonly paid: boolean
      readonly death: Death
    }
  | { readonly kind: 'confirm' | 'retry'; readonly which: number; readonly death: Death }
  | { readonly kind: 'work'; readonly copies: number; readonly death: Death }
  | { readonly kind: 'fulfil'; readonly which: number; readonly step: (typeof STEPS)[number] }
  | { readonly kind: 'cancel event'; readonly death: Death }
  | { readonly kind: 'cut' }
  | { readonly kind: 'pass'; readonly seconds: number }

const which = fc.nat(11)
/** How often we are told at once; another time it may come late, or never. */
const told = fc.nat(2)
const copies = fc.integer({ min: 1, max: 3 })
const death = fc.option(fc.nat(12), { freq: 3 })
const faults = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom<Fault>('fail', 'busy', 'processing', 'drop', 'lose'), weight: 12 },
    { arbitrary: fc.constantFrom<Fault>('hang', { answerAfterMs: 220 }), weight: 1 },
  ),
  { maxLength: 3 },
)
const is = <K extends Deed['kind']>(kind: K) => fc.constant(kind)

const one = (weight: number, arbitrary: fc.Arbitrary<Deed>) => ({ weight, arbitrary })
export const buying: fc.Arbitrary<Deed> = fc.record({
  kind: is('buy'),
  who: fc.nat(2),
  units,
  method,
  copies: fc.nat(2),
  late: fc.nat(4).map((of) => of === 0),
})
const DEEDS = [
  one(6, buying),
  one(2, fc.record({ kind: is('order'), who: fc.nat(2), units })),
  one(5, fc.record({ kind: is('pay'), which, method, faults, death })),
  one(3, fc.record({ kind: is('buyer pays'), which, told })),
  one(4, fc.record({ kind: is('provider denies'), which, told })),
  one(4, fc.record({ kind: is('buyer tries'), which, pays: fc.boolean(), told })),
  one(1, fc.record({ kind: is('provider expires'), which, told })),
  one(
    3,
    fc.record({ kind: is('provider gives back'), which, all: fc.boolean(), chargeback: fc.boolean(), told }),
  ),
  one(1, fc.record({ kind: is('provider forgets') })),
  one(1, fc.record({ kind: is('provider fails'), faults })),
  one(6, fc.record({ kind: is('tell'), which, copies, death })),
  one(2, fc.record({ kind: is('tell anew'), which, confirmed: fc.boolean() })),
  one(3, fc.record({ kind: is('poll'), after: fc.constantFrom(0, 61, 300), death })),
  one(2, fc.record({ kind: is('sweep'), after: fc.constantFrom(0, 901), death })),
  one(2, fc.record({ kind: is('cancel'), which, death })),
  one(
    5,
    fc.record({
      kind: is('refund'),
      which,
      much: fc.constantFrom(...MUCH),
      restock: fc.boolean(),
      manual: fc.boolean(),
      paid: fc.boolean(),
      death,
    }),
  ),
  one(2, fc.record({ kind: fc.constantFrom('confirm' as const, 'retry' as const), which, death })),
  one(5, fc.record({ kind: is('work'), copies: fc.integer({ min: 1, max: 2 }), death })),
  one(2, fc.record({ kind: is('fulfil'), which, step: fc.constantFrom(...STEPS) })),
  one(1, fc.record({ kind: is('pass'), seconds: fc.constantFrom(61, 400, 901) })),
]
export const deed: fc.Arbitrary<Deed> = fc.oneof(...DEEDS)
/** What only happens where several hands are at it. */
export const cut: fc.Arbitrary<Deed> = fc.record({ kind: is('cut') })
export const cancelEventDeed: fc.Arbitrary<Deed> = fc.record({ kind: is('cancel event'), death })

/** What begins a run: without a paid order little can happen. */
export const opening = fc.array(buying, { minLength: 1, maxLength: 3, size: 'max' })

export const nth = <T>(of: readonly T[], which: number): T | undefined => of[which % Math.max(1, of.length)]

/** Does one deed. Whatever the moment, the answer is one that the schema names. */
export async function act(sale: Sale, deed: Deed): Promise<void> {
  const { till, world, caller, orders } = sale
  const { provider, app } = till
  const idempotencyKey = randomUUID()
  switch (deed.kind) {
    case 'order':
      await order(sale, deed)
      return
    case 'buy':
      return buy(sale, deed)
    case 'pay': {
      const chosen = nth(orders, deed.which)
      if (!chosen) return
      const input = { orderId: chosen.id, accessToken: chosen.accessToken, method: deed.method }
      provider.next(...deed.faults)
      await sale.command(deed.death, (deps) => payOrder(deps, nobody, input, idempotencyKey))
      return
    }
    case 'buyer pays':
    case 'provider denies':
    case 'provider expires':
      return decide(sale, deed)
    case 'buyer tries':
      return tryOnPage(sale, deed)
    case 'provider gives back':
      return giveBack(sale, deed)
    case 'provider forgets':
      return provider.forgetIdempotencyKeys()
    case 'provider fails':
      return provider.next(...deed.faults)
    case 'tell': {
      const letter = nth(sale.letters, deed.which)
      if (!letter) return
      const body = Buffer.from(letter.body)
      if (deed.death !== null) await sale.chore(deed.death, (deps) => receiveNotification(deps, body))
      await deliverAll(sale, letter, deed.copies)
      return
    }
    case 'tell anew': {
      const paymentId = nth(sale.charges(), deed.which)
      if (paymentId) tellAnew(sale, paymentId, deed.confirmed)
      return
    }
    case 'poll':
      app.clock.advance(deed.after)
      return sale.chore(deed.death, reconcilePayments)
    case 'sweep':
      app.clock.advance(deed.after)
      if (deed.death !== null) await sale.chore(deed.death, (deps) => createExpirySweep(deps)())
      return sale.chore(null, (deps) => createExpirySweep(deps)())
    case 'cancel': {
      const chosen = nth(orders, deed.which)
      if (!chosen) return
      const input = { orderId: chosen.id, accessToken: chosen.accessToken }
      await sale.command(deed.death, (deps) => cancelOrder(deps, nobody, input, idempotencyKey))
      return
    }
    case 'refund': {
      const chosen = nth(orders, deed.which)
      if (!chosen) return
      const input = { orderId: chosen.id, reason: 'Berhalangan', ...(await muchOf(sale, chosen.id, deed)) }
      await sale.command(deed.death, (deps) => refundOrder(deps, caller, input, idempotencyKey))
      if (deed.paid) await payByHand(sale, { orderId: chosen.id, status: 'MANUAL' })
      return
    }
    case 'confirm':
    case 'retry': {
      const due = await app.prisma.refund.findMany({
        where: { status: { in: ['MANUAL', 'FAILED'] } },
        orderBy: { id: 'asc' },
      })
      const refundId = nth(due, deed.which)?.id
      if (!refundId) return
      const done = await sale.command(deed.death, (deps) =>
        deed.kind === 'retry'
          ? retryRefund(deps, caller, refundId, idempotencyKey)
          : confirmManualRefund(deps, caller, { refundId, reference: 'TRF-1' }, idempotencyKey),
      )
      if (done instanceof DomainError) expect(done.code).toBe('REFUND_STATE')
      return
    }
    case 'work':
      return sale.work(deed.death, deed.copies)
    case 'fulfil': {
      const chosen = nth(orders, deed.which)
      if (!chosen) return
      const input = { orderId: chosen.id, step: deed.step }
      await sale.command(null, (deps) => fulfilOrder(deps, caller, input, idempotencyKey))
      return
    }
    case 'cancel event': {
      const input = { eventId: world.eventId, reason: 'Badai' }
      await sale.command(deed.death, (deps) => cancelEvent(deps, caller, input, idempotencyKey))
      return
    }
    case 'cut':
      // Whoever has written something, and not committed it. Who cuts may be cut.
      await app.prisma.$executeRaw`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() 
          AND (backend_xid IS NOT NULL OR state = 'idle in transaction')`.catch(() => 0)
      return
    case 'pass':
      return app.clock.advance(deed.seconds)
  }
}

async function order({ world, orders }: Sale, wanted: { who: number; units: Units }): Promise<Placed | null> {
  const key = randomUUID()
  const buyer = world.buyers[wanted.who] ?? ''
  const { result } = await world.order(buyer, wanted.units, key)
  expect(['Order', 'SoldOutError', 'ValidationError', 'SaleClosedError']).toContain(result.__typename)
  if (result.__typename !== 'Order') return null
  const placed = placedOf(result, buyer, wanted.units, key)
  orders.push(placed)
  return placed
}

async function buy(sale: Sale, deed: Deed & { kind: 'buy' }): Promise<void> {
  const { provider, app } = sale.till
  const placed = await order(sale, deed)
  if (!placed) return
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: deed.method }
  const opened = await sale.command(null, (deps) => payOrder(deps, nobody, input, randomUUID()))
  if (opened instanceof DomainError) return
  const { id } = opened.value
  if (deed.late) app.clock.advance(901)
  if (deed.late) await sale.chore(null, (deps) => createExpirySweep(deps)())
  if (provider.openPages().includes(id)) provider.choose(id, 'bca')
  // By now somebody else may have ended it.
  if (provider.orders.get(id)?.status !== 'pending') return
  provider.become(id, 'settlement')
  await deliverAll(sale, sale.post(id), deed.copies)
}

/** Staff pay refunds by hand, and say so. */
export async function payByHand(sale: Sale, where: Prisma.RefundWhereInput): Promise<void> {
  for (const { id: refundId } of await sale.till.app.prisma.refund.findMany({ where })) {
    const input = { refundId, reference: `TRF-${refundId}` }
    const done = await sale.command(null, (deps) =>
      confirmManualRefund(deps, sale.caller, input, randomUUID()),
    )
    // Somebody else may have been quicker.
    if (done instanceof DomainError) expect(done.code).toBe('REFUND_STATE')
  }
}

const deliverAll = (sale: Sale, letter: Letter, copies: number) =>
  Promise.all(Array.from({ length: copies }, () => sale.deliver(letter)))

type Decision = Deed & { kind: 'buyer pays' | 'provider denies' | 'provider expires' }

/** At the provider. Its word goes on its way, and may never arrive. */
async function decide(sale: Sale, { kind, which, told }: Decision): Promise<void> {
  const { orders, become } = sale.till.provider
  const may = (id: string): boolean => {
    const order = orders.get(id)
    // Only these banks take settled money back, and not what went back already.
    const mayReverse = order?.status === 'settlement' && 'permata_va_number' in order.instructions
    return order?.status === 'pending' || (kind === 'provider denies' && mayReverse)
  }
  const id = nth(sale.charges().filter(may), which)
  if (!id) return
  become(id, kind === 'buyer pays' ? 'settlement' : kind === 'provider denies' ? 'deny' : 'expire')
  await deliverAll(sale, sale.post(id), told)
}

/** A page lives five minutes longer than its order at most. */
async function tryOnPage(sale: Sale, { which, pays, told }: Deed & { kind: 'buyer tries' }): Promise<void> {
  const { provider, app } = sale.till
  const live = await app.prisma.payment.findMany({
    where: {
      id: { in: provider.openPages() },
      expiresAt: { gt: new Date(app.clock.now().getTime() - 300_000) },
    },
    orderBy: { id: 'asc' },
  })
  const id = nth(live, which)?.id
  if (!id) return
  if (provider.orders.has(id)) provider.tryAgain(id, pays ? 'settlement' : 'deny')
  else {
    provider.choose(id, pays ? 'bca' : 'permata')
    if (pays) provider.become(id, 'settlement')
  }
  await deliverAll(sale, sale.post(id), told)
}

function tellAnew({ till, post }: Sale, id: string, confirmed: boolean): void {
  const refunds = till.provider.orders.get(id)?.refunds ?? []
  const at = { bank_confirmed_at: '2026-11-21 20:00:00' }
  const change = confirmed ? { refunds: refunds.map((refund) => ({ ...refund, ...at })) } : {}
  post(id, refunds.length > 0 ? change : {})
}

type GivingBack = Deed & { kind: 'provider gives back' }

/** Somebody in the provider's dashboard, or a bank. */
async function giveBack(sale: Sale, { which, all, chargeback, told }: GivingBack): Promise<void> {
  const { orders, giveBack: goBack } = sale.till.provider
  const may = (id: string) => /^settlement$|^partial/.test(orders.get(id)?.status ?? '')
  const id = nth(sale.charges().filter(may), which)
  const order = id && orders.get(id)
  if (!order) return
  const left = leftOf(order)
  const amount = all ? left : Math.min(left, 20_000)
  goBack(id, amount, { chargeback, ...(chargeback ? {} : { key: randomUUID() }) })
  // Twice: the first before the bank has confirmed it.
  const refunds = order.refunds.map(({ bank_confirmed_at: _at, ...refund }) => refund)
  sale.post(id, { refunds })
  await deliverAll(sale, sale.post(id, {}, true), told)
}

async function muchOf(
  { till: { app } }: Sale,
  orderId: string,
  { much, restock, manual }: Deed & { kind: 'refund' },
) {
  const rest = { restock, ...(manual ? { manual } : {}) }
  if (much === 'all') return rest
  if (much === 'some') return { ...rest, amount: '30000' }
  const line = await app.prisma.orderLine.findFirst({ where: { orderId }, orderBy: { position: 'asc' } })
  return { ...rest, lines: [{ lineId: line?.id ?? orderId, quantity: 1 }] }
}
