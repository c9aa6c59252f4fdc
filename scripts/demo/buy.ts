import { randomUUID } from 'node:crypto'
import type { DemoClient, Json } from './client.ts'

const EVENT = 'gelora-kampus'

/** What is on sale: a category, a T-shirt, and how many tickets were left. */
export interface Offer {
  readonly event: Json
  readonly category: Json
  readonly shirt: Json
  readonly left: number
}

/** A guest's order, and the secret that opens it. */
export interface Bought {
  readonly id: string
  readonly accessToken: string
  readonly number: string
  readonly email: string
}

export async function browse({ step, check, call }: DemoClient): Promise<Offer> {
  step('A guest browses the season, by persisted GET that a CDN may keep')
  const list = await call('EventList', { first: 5 }, { method: 'GET' })
  check('the answer is public', /^public, max-age=\d+/.test(list.headers.get('cache-control') ?? ''))
  check('there are events', list.data['events'].edges.length === 5)

  step(`and looks at ${EVENT}`)
  const { event } = (await call('EventDetail', { slug: EVENT }, { method: 'GET' })).data
  const category = event.ticketCategories.find((one: Json) => one.name === 'Reguler')
  const shirt = event.merchandise.find((item: Json) => /^Kaos/.test(item.name))
  check('Reguler and a T-shirt are offered', Boolean(category && shirt))

  step('What is left of it lives two seconds in a cache, not thirty')
  const { availability } = (await call('EventAvailability', { eventId: event.id }, { method: 'GET' })).data
  const stock = availability.ticketCategories.find((one: Json) => one.id === category.id)
  check('two of Reguler are left', stock.remaining >= 2)
  return { event, category, shirt, left: stock.remaining }
}

export async function order({ step, check, call }: DemoClient, offer: Offer): Promise<Bought> {
  step('Two tickets and one T-shirt in one cart')
  const email = `sari-${randomUUID().slice(0, 8)}@karcis.test`
  const input = {
    eventId: offer.event.id,
    tickets: [
      { ticketCategoryId: offer.category.id, quantity: 2, attendeeNames: ['Sari Wulandari', 'Budi Santoso'] },
    ],
    merchandise: [{ variantId: offer.shirt.variants[0].id, quantity: 1 }],
    buyer: { name: 'Sari Wulandari', email },
  }
  const idempotencyKey = randomUUID()
  const placed = (await call('CreateOrder', { input, idempotencyKey })).data['createOrder']
  check('the order waits for payment', placed.status === 'PENDING_PAYMENT')
  check('it has both lines', placed.lines.length === 2)

  step('A double click sends the same key again')
  const replay = await call('CreateOrder', { input, idempotencyKey })
  check('the same order comes back', replay.data['createOrder'].id === placed.id)
  check('and says that it is a replay', replay.headers.get('idempotent-replayed') === 'true')
  return { id: placed.id, accessToken: placed.accessToken, number: placed.number, email }
}

/** Pays, and answers the tickets. */
export async function pay(client: DemoClient, { id, accessToken }: Bought): Promise<Json[]> {
  const { step, check, call, post, get, look } = client
  step('Paying by QRIS')
  const input = { orderId: id, accessToken, method: 'QRIS' }
  const payment = (await call('PayOrder', { input, idempotencyKey: randomUUID() })).data['payOrder']
  check('there is a QR code to pay', typeof payment.qrString === 'string')
  const page = await get(payment.redirectUrl)
  check('the sandbox has a page with buttons to pay, refuse or let it expire', page.status === 200)
  look(`That page: ${payment.redirectUrl}`)

  step('The sandbox settles it and calls our webhook, with a signature')
  const settled = await post(payment.redirectUrl, { outcome: 'settle' })
  check('the webhook took it', settled.status === 200)
  const again = await post(payment.redirectUrl, { outcome: 'settle' })
  check('and takes it a second time, as providers do', again.status === 200)

  step('The buyer opens the order')
  const own = (await call('OrderDetail', { id, accessToken })).data['order']
  check('it is paid', own.status === 'PAID' && own.payment.status === 'SETTLED')
  const signed = own.tickets.filter((ticket: Json) => /^k1\./.test(ticket.token))
  check('two signed tickets were issued, once', own.tickets.length === 2 && signed.length === 2)
  const qr = await get(own.tickets[0].qrPngUrl)
  check('the QR code is a PNG', qr.status === 200 && qr.headers.get('content-type') === 'image/png')
  return own.tickets
}

export async function stockFell({ step, call, until }: DemoClient, offer: Offer): Promise<void> {
  step('Stock fell by what was bought')
  // What we saw first may have been two seconds old, from before a ticket of an earlier run came back.
  await until('fewer are left, once the older answer is over', async () => {
    const { availability } = (await call('EventAvailability', { eventId: offer.event.id }, { method: 'GET' }))
      .data
    const stock = availability.ticketCategories.find((one: Json) => one.id === offer.category.id)
    return stock.remaining < offer.left
  })
}
