// Who sees what admits, or fetches goods, for whoever holds it: the buyer, by every way that an order is shown, and nobody else.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { eventBySlug, guest, key, notificationFor, notify, order as place } from './setup/shop.ts'
import { hire, mutate, resultOf, signUp } from './setup/staff.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

const SECRETS = `pickupToken pickupQrPngUrl pickupQrSvgUrl documents { ticketPage ticketsPdf invoicePdf calendar }
  tickets { code token qrPngUrl qrSvgUrl }`

/** Every secret in an answer, by name; null for what is withheld. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
function secretsOf(order: any): unknown[] {
  const { documents, tickets, pickupToken, pickupQrPngUrl, pickupQrSvgUrl } = order
  const links = documents === null ? [null] : Object.values(documents)
  return [pickupToken, pickupQrPngUrl, pickupQrSvgUrl, ...links, ...tickets.flatMap(Object.values)]
}
const allThere = (values: unknown[]) =>
  values.length >= 11 && values.every((value) => typeof value === 'string')
const noneThere = (values: unknown[]) => values.length >= 8 && values.every((value) => value === null)

/** A paid order of a ticket and a thing to pick up; the account's with a token, else a guest's. */
async function bought(token?: string) {
  const event = await eventBySlug(app, 'gelora-kampus')
  const category = event.ticketCategories.find(({ name }) => name === 'Reguler')
  const variant = event.merchandise.flatMap(({ variants }) => variants).find(({ remaining }) => remaining > 5)
  const input = {
    eventId: event.id,
    tickets: [{ ticketCategoryId: category?.id, quantity: 1 }],
    merchandise: [{ variantId: variant?.id, quantity: 1 }],
    ...(token ? {} : { buyer: guest() }),
  }
  const options = token ? { token } : {}
  const placed = await app.call('CreateOrder', { input, idempotencyKey: key() }, options)
  const { id, accessToken } = placed.body.data.createOrder
  const paying = { input: { orderId: id, accessToken, method: 'QRIS' }, idempotencyKey: key() }
  const { payOrder } = (await app.call('PayOrder', paying, options)).body.data
  const { amountMinor: minor, currencyCode } = await app.prisma.payment.findUniqueOrThrow({
    where: { id: payOrder.id },
  })
  await notify(app, notificationFor({ id: payOrder.id, amount: { minor, currencyCode } }, 'settlement'))
  return { id: id as string, accessToken: accessToken as string, organizerId: event.organizerId, event }
}

const read = async (variables: object, token?: string) => {
  const document = `query ($id: ID!, $accessToken: String) { order(id: $id, accessToken: $accessToken) { id status ${SECRETS} } }`
  return (await app.query(document, variables, token ? { token } : {})).body.data.order
}

test('the buyer sees all of it: by the access token, as the account, in their list, and as staff of the organizer', async () => {
  const { id, accessToken, organizerId } = await bought()
  expect(allThere(secretsOf(await read({ id, accessToken })))).toBe(true)
  const account = await signUp(app)
  const own = await bought(account.token)
  expect(allThere(secretsOf(await read({ id: own.id }, account.token)))).toBe(true)
  const list = await app.query(`{ me { orders(first: 1) { edges { node { ${SECRETS} } } } } }`, {}, account)
  expect(allThere(secretsOf(list.body.data.me.orders.edges[0].node))).toBe(true)
  // They are hired later, and lose nothing.
  await app.prisma.member.create({ data: { organizerId, accountId: account.id, role: 'SUPPORT' } })
  expect(allThere(secretsOf(await read({ id: own.id }, account.token)))).toBe(true)
  const manager = await hire(app, 'MANAGER', organizerId)
  expect(allThere(secretsOf(await read({ id, accessToken }, manager.token)))).toBe(true)
})

test('a free order shows its tickets to the buyer at once, and a replay again', async () => {
  const event = await addEvent(app, (await addOrganizer(app)).id)
  const category = await addCategory(app, event.id, { priceMinor: 0n })
  const document = `mutation ($input: CreateOrderInput!, $key: String!) {
    createOrder(input: $input, idempotencyKey: $key) { ... on Order { status tickets { token code qrPngUrl } } } }`
  const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
  const variables = { input: { eventId: event.id, tickets, buyer: guest() }, key: key() }
  for (let n = 0; n < 2; n++) {
    const { createOrder } = (await app.query(document, variables)).body.data
    expect(createOrder.status).toBe('PAID')
    expect(Object.values(createOrder.tickets[0]).every((value) => typeof value === 'string')).toBe(true)
  }
})

test.each(['OWNER', 'MANAGER', 'FINANCE', 'SUPPORT'] as const)(
  'a %s sees the order and none of it',
  async (role) => {
    const { id, organizerId } = await bought()
    const { token } = await hire(app, role, organizerId)
    const order = await read({ id, accessToken: 'not-the-token' }, token)
    expect(order.status).toBe('PAID')
    expect(order.tickets).toHaveLength(1)
    expect(noneThere(secretsOf(order))).toBe(true)
  },
)

test('what staff do to an order shows them none of it, nor in a replay', async () => {
  const { id, organizerId } = await bought()
  const { token } = await hire(app, 'OWNER', organizerId)
  const select = `... on Order { ${SECRETS} }`
  const packed = { input: { orderId: id, step: 'PACKED' }, idempotencyKey: key() }
  const refunded = { input: { orderId: id, reason: 'x' }, idempotencyKey: key() }
  for (const [name, args] of [
    ['fulfilOrder', packed],
    ['fulfilOrder', packed],
    ['refundOrder', refunded],
  ] as const) {
    const result = await resultOf(app, name, args, token, select)
    expect([name, result.__typename]).toEqual([name, 'Order'])
    expect(noneThere(secretsOf(result))).toBe(true)
  }
})

test('a gate is shown the code of the ticket that it scanned, and neither its token nor its pictures', async () => {
  const { id, accessToken, event, organizerId } = await bought()
  const { tickets } = await read({ id, accessToken })
  const { token } = await hire(app, 'GATE', organizerId)
  const gate = event.gates.find(({ categories }) =>
    categories.some(({ ticketCategoryId }) =>
      event.ticketCategories.some((one) => one.name === 'Reguler' && one.id === ticketCategoryId),
    ),
  )
  await app.prisma.schedule.updateMany({ where: { eventId: event.id }, data: { gatesOpenAt: null } })
  const input = { ticketToken: tickets[0].token, gateId: gate?.id }
  const ticket = 'ticket { code token qrPngUrl qrSvgUrl ticketCategory { name } }'
  const select = `... on CheckIn { ${ticket} } ... on TicketAlreadyUsedError { firstCheckIn { ${ticket} } }`
  for (let n = 0; n < 2; n++) {
    const { body } = await mutate(app, 'checkIn', { input, idempotencyKey: key() }, token, select)
    const { result } = body.data
    expect((result.firstCheckIn ?? result).ticket, JSON.stringify(body)).toEqual({
      code: tickets[0].code,
      token: null,
      qrPngUrl: null,
      qrSvgUrl: null,
      ticketCategory: { name: 'Reguler' },
    })
  }
})

test('staff who cancel an order leave a trail, once; its buyer and a replay leave none', async () => {
  const event = await eventBySlug(app, 'gelora-kampus')
  const category = event.ticketCategories.find(({ name }) => name === 'Reguler')
  const unpaid = async () => {
    const { body } = await place(app, { eventId: event.id, id: category?.id ?? '' })
    return body.data.createOrder as { id: string; accessToken: string }
  }
  const { token, id: actorId } = await hire(app, 'MANAGER', event.organizerId)
  const trail = (targetId: string) => app.prisma.auditEntry.findMany({ where: { targetId } })
  const [byStaff, byBuyer] = [await unpaid(), await unpaid()]
  const args = { input: { orderId: byStaff.id, reason: 'Ganda' }, idempotencyKey: key() }
  const select = '... on Order { status }'
  for (const more of [args, args, { ...args, idempotencyKey: key() }])
    expect((await resultOf(app, 'cancelOrder', more, token, select)).status).toBe('CANCELLED')
  expect(await trail(byStaff.id)).toMatchObject([
    {
      actorId,
      action: 'order.cancel',
      targetType: 'Order',
      organizerId: event.organizerId,
      data: { reason: 'Ganda' },
    },
  ])
  const own = { input: { orderId: byBuyer.id, accessToken: byBuyer.accessToken }, idempotencyKey: key() }
  expect((await resultOf(app, 'cancelOrder', own, token, select)).status).toBe('CANCELLED')
  expect(await trail(byBuyer.id)).toEqual([])
})
