import { afterAll, beforeAll, expect, test } from 'vitest'
import { refreshSoldCounts } from '../src/modules/orders/sold-counts.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { categoryOf, guest, key, notificationFor, notify, order, paid, pending } from './setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

const regular = () => categoryOf(app, 'gelora-kampus', 'Reguler')
const orderOf = async (...args: Parameters<typeof order>) => (await order(...args)).body.data.createOrder

test('a cart that costs nothing is paid at once and has its tickets, and so has its replay', async () => {
  const { category } = await regular()
  const { id, priceMinor } = category
  await app.prisma.ticketCategory.update({ where: { id }, data: { priceMinor: 0n } })
  const [idempotencyKey, buyer] = [key(), guest()]
  const tickets = [{ ticketCategoryId: id, quantity: 2, attendeeNames: ['Ani', 'Budi'] }]
  const placed = await order(app, category, { buyer, tickets }, idempotencyKey)
  await app.prisma.ticketCategory.update({ where: { id }, data: { priceMinor } })
  const created = placed.body.data.createOrder
  expect(created).toMatchObject({ status: 'PAID', total: { amount: '0.00' }, expiresAt: null })
  const issued = await app.prisma.ticket.findMany({
    where: { orderId: created.id },
    orderBy: { unit: 'asc' },
  })
  expect(issued.map(({ attendeeName }) => attendeeName)).toEqual(['Ani', 'Budi'])
  expect((await order(app, category, { buyer, tickets }, idempotencyKey)).body).toEqual(placed.body)
  await expectInvariants(app.prisma)
})

test('tickets and merchandise of one cart are one order, all of it or nothing', async () => {
  const { event, category } = await regular()
  const variant = event.merchandise.flatMap(({ variants }) => variants).find(({ remaining }) => remaining > 2)
  if (!variant) throw new Error('The season has no merchandise left.')
  const merchandise = [{ variantId: variant.id, quantity: 2 }]
  const placed = await orderOf(app, category, { merchandise })
  expect(
    placed.lines.map(({ kind, quantity }: { kind: string; quantity: number }) => [kind, quantity]),
  ).toEqual([
    ['TICKET', 1],
    ['MERCHANDISE', 2],
  ])
  const before = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })
  const sold = variant.stock - variant.remaining + 2
  await app.prisma.merchandiseVariant.update({
    where: { id: variant.id },
    data: { stock: sold + 1, remaining: 1 },
  })
  const refused = await orderOf(app, category, { merchandise })
  expect(refused).toMatchObject({ __typename: 'SoldOutError', itemId: variant.id, remaining: 1 })
  const after = await app.prisma.ticketCategory.findUniqueOrThrow({ where: { id: category.id } })
  expect(after.remaining).toBe(before.remaining)
  await expectInvariants(app.prisma)
})

test('merchandise alone needs no event, and that of another organizer does not go with one', async () => {
  const { category, event } = await regular()
  const foreign = await app.prisma.merchandiseVariant.findFirstOrThrow({
    where: {
      remaining: { gt: 0 },
      merchandise: { published: true, organizerId: { not: event.organizerId } },
    },
  })
  const merchandise = [{ variantId: foreign.id, quantity: 1 }]
  const mixed = await orderOf(app, category, { merchandise })
  expect(mixed).toMatchObject({
    __typename: 'ValidationError',
    path: ['input', 'merchandise', '0', 'variantId'],
  })
  const alone = await orderOf(app, category, { eventId: null, tickets: null, merchandise })
  expect(alone).toMatchObject({ __typename: 'Order', status: 'PENDING_PAYMENT' })
})

test('a total that is not the expected one is refused with the right one', async () => {
  const { category } = await regular()
  const wrong = await orderOf(app, category, { expectedTotal: '1.00' })
  expect(wrong.__typename).toBe('PriceChangedError')
  for (const expectedTotal of [wrong.total.amount, wrong.total.amount.replace('.00', '')]) {
    expect((await orderOf(app, category, { expectedTotal })).__typename).toBe('Order')
  }
})

test('an order keeps the name and price it was placed with', async () => {
  const { category } = await regular()
  const placed = await orderOf(app, category)
  const { id, name, priceMinor } = category
  await app.prisma.ticketCategory.update({ where: { id }, data: { name: 'Dinamai ulang', priceMinor: 1n } })
  const { body } = await app.call('OrderDetail', { id: placed.id, accessToken: placed.accessToken })
  await app.prisma.ticketCategory.update({ where: { id }, data: { name, priceMinor } })
  expect(body.data.order.lines[0]).toMatchObject({ name: 'Reguler', unitPrice: placed.lines[0].unitPrice })
})

test('a replay is the answer as it was, also when the order was paid since', async () => {
  const { category } = await regular()
  const [buyer, idempotencyKey] = [guest(), key()]
  const first = await order(app, category, { buyer }, idempotencyKey)
  const created = first.body.data.createOrder
  const input = { orderId: created.id, accessToken: created.accessToken, method: 'QRIS' }
  const paying = await app.call('PayOrder', { input, idempotencyKey })
  const row = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  await notify(
    app,
    notificationFor({ id: row.id, amount: { minor: row.amountMinor, currencyCode: 'IDR' } }, 'settlement'),
  )
  const again = await order(app, category, { buyer }, idempotencyKey)
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(first.headers.get('idempotent-replayed')).toBeNull()
})

test('a refusal is not stored: the same key is asked again', async () => {
  const { category } = await categoryOf(app, 'gelora-kampus', 'Presale')
  const [buyer, idempotencyKey] = [guest(), key()]
  expect((await orderOf(app, category, { buyer }, idempotencyKey)).__typename).toBe('SoldOutError')
  await app.prisma.ticketCategory.update({
    where: { id: category.id },
    data: { quota: { increment: 1 }, remaining: { increment: 1 } },
  })
  expect((await orderOf(app, category, { buyer }, idempotencyKey)).__typename).toBe('Order')
})

test('a key is free again after its time', async () => {
  const { category } = await regular()
  const [buyer, idempotencyKey] = [guest(), key()]
  const first = await orderOf(app, category, { buyer }, idempotencyKey)
  app.clock.advance(172_801)
  const second = await orderOf(app, category, { buyer }, idempotencyKey)
  expect(second.__typename).toBe('Order')
  expect(second.id).not.toBe(first.id)
})

test('an order is shown to its buyer, its holder and staff with the right, and to nobody else', async () => {
  const { order: placed } = await pending(app)
  const seen = async (variables: object, email?: string) => {
    const token = email ? await app.login(email) : undefined
    return (
      (await app.call('OrderDetail', { id: placed.id, ...variables }, { token })).body.data.order?.id ?? null
    )
  }
  expect(await seen({ accessToken: placed.accessToken })).toBe(placed.id)
  expect(await seen({}, 'owner@karcis.test')).toBe(placed.id)
  for (const email of [undefined, 'buyer@karcis.test', 'gate@karcis.test'])
    expect(await seen({}, email)).toBeNull()
  expect(await seen({ accessToken: `${placed.accessToken.slice(0, -2)}AA` })).toBeNull()
  expect(await seen({ id: 'no-id', accessToken: placed.accessToken })).toBeNull()
})

test('what was sold of an item counts what is paid, and no more what the bank took back', async () => {
  const { event } = await regular()
  const item = event.merchandise.find(({ variants }) => variants.some(({ remaining }) => remaining > 2))
  const variant = item?.variants.find(({ remaining }) => remaining > 2)
  if (!item || !variant) throw new Error('The season has no merchandise left.')
  const sold = async () => {
    await refreshSoldCounts(app.app.deps)
    return (await app.prisma.merchandise.findUniqueOrThrow({ where: { id: item.id } })).soldCount
  }
  const before = await sold()
  const merchandise = [{ variantId: variant.id, quantity: 2 }]
  await pending(app, 'gelora-kampus', 'Reguler', { merchandise })
  expect(await sold()).toBe(before)
  const { payment } = await paid(app, 'gelora-kampus', 'Reguler', { merchandise })
  expect(await sold()).toBe(before + 2)
  await notify(app, notificationFor(payment, 'deny'))
  expect(await sold()).toBe(before)
})
