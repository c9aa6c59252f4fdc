// Processes that die between the provider's deed and our note of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { reconcilePayments } from '../../src/modules/payments/reconcile-payments.ts'
import { connect } from '../../src/parts.ts'
import { createClient, prepare, TestClock } from '../setup/app.ts'
import { tell } from '../setup/fake-midtrans/notices.ts'
import { startFakeMidtrans } from '../setup/fake-midtrans.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { eventually, key, order } from '../setup/shop.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function launch(script: string, environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.push(child)
  return child
}

async function start() {
  const provider = await startFakeMidtrans()
  const { environment, url, drop } = await prepare({
    season: true,
    environment: {
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
      MIDTRANS_TIMEOUT_MS: '20000',
    },
  })
  const clock = new TestClock()
  const parts = connect(loadConfig(environment), clock, 10_000)
  const { prisma } = parts.deps
  const client = await createClient(url)
  const serve = async () => {
    const child = launch('src/main.ts', environment)
    await eventually(async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok ?? false, 30)
    return child
  }
  return {
    provider,
    prisma,
    clock,
    deps: parts.deps,
    serve,
    work: () => launch('src/worker.ts', environment),
    webhook: `${url}/webhooks/midtrans`,
    async place() {
      const category = await prisma.ticketCategory.findFirstOrThrow({
        where: { event: { slug: 'gelora-kampus' }, name: 'Reguler' },
      })
      return (await order(client, category)).body.data.createOrder
    },
    pay: async ({ id, accessToken }: { id: string; accessToken: string }, idempotencyKey: string) =>
      (await client.call('PayOrder', { input: { orderId: id, accessToken, method: 'QRIS' }, idempotencyKey }))
        .body.data.payOrder,
    endOf: async (id: string) => [
      (await prisma.order.findUniqueOrThrow({ where: { id } })).status,
      await prisma.ticket.count({ where: { orderId: id } }),
      await prisma.outbox.count({
        where: { kind: 'send-tickets', payload: { path: ['orderId'], equals: id } },
      }),
    ],
    async close() {
      await expectInvariants(prisma)
      await parts.close()
      await drop()
      await provider.close()
    },
  }
}

test('kill -9 between the charge and our note of it: the same key gives the same charge, and there is one', async () => {
  const shop = await start()
  try {
    const first = await shop.serve()
    const placed = await shop.place()
    const idempotencyKey = key()
    shop.provider.next({ answerAfterMs: 15_000 })
    const lost = shop.pay(placed, idempotencyKey).catch(() => null)
    await eventually(async () => shop.provider.orders.size === 1)
    first.kill('SIGKILL')
    expect(await lost).toBeNull()
    await shop.serve()
    const payment = await shop.pay(placed, idempotencyKey)
    expect(payment).toMatchObject({ __typename: 'Payment', status: 'PENDING' })
    expect([...shop.provider.orders.keys()]).toEqual([payment.id])
    expect(await shop.prisma.payment.count({ where: { orderId: placed.id } })).toBe(1)
  } finally {
    await shop.close()
  }
}, 90_000)

test('kill -9 of a worker that waits for the provider’s word: another asks later, and the order is paid once', async () => {
  const shop = await start()
  try {
    const server = await shop.serve()
    const placed = await shop.place()
    const { id } = await shop.pay(placed, key())
    shop.provider.become(id, 'settlement')
    server.kill('SIGKILL')
    await shop.prisma.payment.update({
      where: { id },
      data: { nextCheckAt: new Date(0), transactionId: null },
    })
    shop.provider.always({ answerAfterMs: 15_000 })
    const worker = shop.work()
    const asked = () => shop.provider.seen.filter(({ path }) => path.endsWith('/status')).length
    await eventually(async () => asked() === 1, 30)
    worker.kill('SIGKILL')
    shop.provider.always(null)
    // It is still taken.
    expect(await reconcilePayments(shop.deps)).toBe(0)
    expect(await shop.endOf(placed.id)).toEqual(['PENDING_PAYMENT', 0, 0])
    shop.clock.advance(61)
    expect(await reconcilePayments(shop.deps)).toBe(1)
    expect(await shop.endOf(placed.id)).toEqual(['PAID', 1, 1])
  } finally {
    await shop.close()
  }
}, 90_000)

test('kill -9 amid a storm of notifications: each order is paid once in the end, or not lost', async () => {
  const shop = await start()
  try {
    const server = await shop.serve()
    const bought = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const placed = await shop.place()
        const { id: paymentId } = await shop.pay(placed, key())
        shop.provider.become(paymentId, 'settlement')
        return { id: placed.id, paymentId }
      }),
    )
    let answered = 0
    await Promise.all(
      bought.flatMap(({ paymentId }) =>
        [1, 2].map(async () => {
          const status = await tell(shop.webhook, shop.provider.notice(paymentId)).catch(() => 0)
          if (status === 200) answered += 1
          if (answered === 5) server.kill('SIGKILL')
        }),
      ),
    )
    const paid = () =>
      shop.prisma.order.count({ where: { id: { in: bought.map(({ id }) => id) }, status: 'PAID' } })
    expect(await paid()).toBeGreaterThan(0)
    await expectInvariants(shop.prisma)
    // Nobody tells again: what the dead process did not finish is asked for.
    shop.clock.advance(61)
    await reconcilePayments(shop.deps)
    shop.clock.advance(780)
    await reconcilePayments(shop.deps)
    for (const { id } of bought) expect(await shop.endOf(id)).toEqual(['PAID', 1, 1])
  } finally {
    await shop.close()
  }
}, 90_000)
