// npm run demo: the journey of a buyer and a gate against the running server, over HTTP as a SPA speaks it.
import './dot-env.ts'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDemoClient, type Json } from './demo/client.ts'

const EVENT = 'gelora-kampus'

/** KARCIS_URL, else where `npm start` of this checkout says it listens. */
async function serverUrl(): Promise<string> {
  if (process.env['KARCIS_URL']) return process.env['KARCIS_URL']
  try {
    const note = join(process.env['DATA_DIR'] ?? '.data', 'server.json')
    return JSON.parse(await readFile(note, 'utf8')).url
  } catch {
    throw new Error('No server is running here. Start one in another terminal: npm start')
  }
}

async function journey(url: string): Promise<void> {
  const { step, check, call, get, post, login } = await createDemoClient(url)

  step('A guest browses the season, by persisted GET that a CDN may keep')
  const list = await call('EventList', { first: 5 }, { method: 'GET' })
  check('the answer is public', /^public, max-age=\d+/.test(list.headers.get('cache-control') ?? ''))
  check('there are events', list.data['events'].edges.length === 5)

  step(`and looks at ${EVENT}`)
  const { event } = (await call('EventDetail', { slug: EVENT }, { method: 'GET' })).data
  const category = named(event.ticketCategories, 'Reguler')
  const shirt = event.merchandise.find((item: Json) => /^Kaos/.test(item.name))
  check('Reguler and a T-shirt are offered', Boolean(category && shirt))

  step('What is left of it lives two seconds in a cache, not thirty')
  const before = (await call('EventAvailability', { eventId: event.id }, { method: 'GET' })).data[
    'availability'
  ]
  check('Reguler is not sold out', !byId(before.ticketCategories, category.id).soldOut)

  step('One ticket and one T-shirt in one cart')
  const buyer = { name: 'Sari Demo', email: `sari-${randomUUID().slice(0, 8)}@karcis.test` }
  const orderKey = randomUUID()
  const cart = {
    eventId: event.id,
    tickets: [{ ticketCategoryId: category.id, quantity: 1, attendeeNames: ['Sari Demo'] }],
    merchandise: [{ variantId: shirt.variants[0].id, quantity: 1 }],
    buyer,
  }
  const placed = await call('CreateOrder', { input: cart, idempotencyKey: orderKey })
  const order = placed.data['createOrder']
  check('the order waits for payment', order.status === 'PENDING_PAYMENT')
  check('it has both lines', order.lines.length === 2)

  step('A double click sends the same key again')
  const replay = await call('CreateOrder', { input: cart, idempotencyKey: orderKey })
  check('the same order comes back', replay.data['createOrder'].id === order.id)
  check('and says that it is a replay', replay.headers.get('idempotent-replayed') === 'true')

  step('Paying by QRIS')
  const access = { orderId: order.id, accessToken: order.accessToken }
  const paid = await call('PayOrder', { input: { ...access, method: 'QRIS' }, idempotencyKey: randomUUID() })
  const payment = paid.data['payOrder']
  check('there is a QR code to pay', typeof payment.qrString === 'string')

  step('The sandbox settles it and calls our webhook')
  const settled = await post(payment.redirectUrl, { outcome: 'settle' })
  check('the webhook took it', settled.status === 200)

  step('The buyer opens the order')
  const own = (await call('OrderDetail', { id: order.id, accessToken: order.accessToken })).data['order']
  const [ticket] = own.tickets
  check('it is paid', own.status === 'PAID')
  check('one signed ticket was issued', own.tickets.length === 1 && /^k1\./.test(ticket.token))

  step('and the QR code')
  const qr = await get(ticket.qrPngUrl)
  check('it is a PNG', qr.status === 200 && qr.headers.get('content-type') === 'image/png')

  step('Gate staff sign in and choose a gate')
  const token = await login('gate@karcis.test')
  const gates = (await call('GateList', { eventId: event.id }, { token })).data['gates']
  const gate = gates.find((one: Json) =>
    one.ticketCategories.some((admitted: Json) => admitted.id === category.id),
  )
  check('a gate admits Reguler', Boolean(gate))

  step('First scan')
  const scan = { ticketToken: ticket.token, gateId: gate.id }
  const first = (await call('CheckIn', { input: scan, idempotencyKey: randomUUID() }, { token })).data[
    'checkIn'
  ]
  check('admitted', first.__typename === 'CheckIn')

  step('Second scan of the same ticket')
  const second = (await call('CheckIn', { input: scan, idempotencyKey: randomUUID() }, { token })).data[
    'checkIn'
  ]
  check('refused', second.__typename === 'TicketAlreadyUsedError')
  check('and told when and where the first one was', second.firstCheckIn?.gate.name === gate.name)

  step('Stock fell by what was bought')
  // The answer to the earlier GET may be two seconds old.
  await sleep(2_100)
  const after = (await call('EventAvailability', { eventId: event.id }, { method: 'GET' })).data[
    'availability'
  ]
  const left = (availability: Json) => byId(availability.ticketCategories, category.id).remaining
  check(`from ${left(before)} to ${left(after)}`, left(after) <= left(before) - 1)
}

const byId = (rows: Json[], id: string): Json => rows.find((row) => row.id === id) ?? {}
const named = (rows: Json[], name: string): Json => rows.find((row) => row.name === name) ?? {}

try {
  await journey(await serverUrl())
  console.log('\nEvery step is green. Run it again: each run is another buyer.')
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
