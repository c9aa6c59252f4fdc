// What a gate answers: a fixed set of codes that an app can turn into a colour.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { expectInvariants } from './setup/oracle.ts'
import { key, paid } from './setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

// Signs in each time: the tests move the clock further than a session lasts.
const scan = async (input: object, idempotencyKey = key(), email = 'gate@karcis.test') => {
  const token = await app.login(email)
  return (await app.call('CheckIn', { input, idempotencyKey }, { token })).body.data.checkIn
}

type Bought = Awaited<ReturnType<typeof paid>>

/** The bought ticket at a gate that admits it, or at one that does not. */
function at(bought: Bought, admits = true) {
  const { id } = bought.category
  const gate = bought.event.gates.find(
    ({ categories }) => categories.some(({ ticketCategoryId }) => ticketCategoryId === id) === admits,
  )
  return { ticketToken: bought.tickets[0]?.token, gateId: gate?.id }
}

test('a ticket of another category, and one of another event, is at the wrong gate', async () => {
  const regular = await paid(app)
  expect((await scan(at(regular, false))).code).toBe('WRONG_GATE')
  const drill = await paid(app, 'flash-sale-drill')
  expect((await scan({ ...at(regular), ticketToken: drill.tickets[0]?.token })).code).toBe('WRONG_GATE')
})

test('leaving frees a ticket where the event allows re-entry, and only there', async () => {
  const bought = await paid(app)
  expect((await scan({ ...at(bought), direction: 'EXIT' })).code).toBe('TICKET_NOT_INSIDE')
  for (const allowReentry of [true, false]) {
    await app.prisma.event.update({ where: { id: bought.event.id }, data: { allowReentry } })
    const { tickets } = allowReentry ? bought : await paid(app)
    const here = { ...at(bought), ticketToken: tickets[0]?.token }
    expect((await scan(here)).__typename).toBe('CheckIn')
    expect((await scan({ ...here, direction: 'EXIT' })).direction).toBe('EXIT')
    const again = await scan(here)
    if (allowReentry) expect(again.__typename).toBe('CheckIn')
    else expect(again.code).toBe('TICKET_ALREADY_USED')
  }
  await expectInvariants(app.prisma)
})

test('a replayed scan is the same admission, and its key is good for no other ticket', async () => {
  const [first, second] = [await paid(app), await paid(app)]
  const idempotencyKey = key()
  const admitted = await scan(at(first), idempotencyKey)
  expect(await scan(at(first), idempotencyKey)).toEqual(admitted)
  expect((await scan(at(second), idempotencyKey)).code).toBe('IDEMPOTENCY_CONFLICT')
})

test('a scan from the future is refused, one that was made a while ago is taken', async () => {
  const bought = await paid(app)
  const later = (seconds: number) => new Date(app.clock.now().getTime() + seconds * 1_000).toISOString()
  expect((await scan({ ...at(bought), scannedAt: later(600) })).code).toBe('VALIDATION_FAILED')
  const scannedAt = later(-600)
  expect((await scan({ ...at(bought), scannedAt })).scannedAt).toBe(scannedAt)
})

test('who is no staff of the organizer finds no gate, and a guest must sign in', async () => {
  const bought = await paid(app)
  expect((await scan(at(bought), key(), 'buyer@karcis.test')).code).toBe('NOT_FOUND')
  const guest = await app.call('CheckIn', { input: at(bought), idempotencyKey: key() })
  expect(guest.status).toBe(401)
  expect(await app.prisma.checkIn.count({ where: { ticketId: bought.tickets[0]?.id } })).toBe(0)
})

test('the QR code of a ticket is there for its holder and for nobody who guesses', async () => {
  const bought = await paid(app)
  const { body } = await app.call('OrderDetail', {
    id: bought.order.id,
    accessToken: bought.order.accessToken,
  })
  const [ticket] = body.data.order.tickets
  const [png, svg] = [await fetch(ticket.qrPngUrl), await fetch(ticket.qrSvgUrl)]
  expect(png.headers.get('content-type')).toBe('image/png')
  expect(
    Buffer.from(await png.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG')
  expect(svg.headers.get('content-type')).toBe('image/svg+xml')
  expect(svg.headers.get('cache-control')).toBe('private, no-store')
  for (const guess of [ticket.id, ticket.code, `${ticket.token.slice(0, -4)}AAAA`]) {
    expect((await fetch(ticket.qrPngUrl.replace(ticket.token, guess))).status).toBe(404)
  }
})

// Last, because it moves the clock past the end of the event.
test('a scan before the gates open and one after the end are outside the window', async () => {
  const bought = await paid(app, 'flash-sale-drill')
  const soon = new Date(app.clock.now().getTime() + 3_600_000)
  const { eventId } = bought.category
  const before = await app.prisma.schedule.findMany({ where: { eventId } })
  await app.prisma.schedule.updateMany({ where: { eventId }, data: { gatesOpenAt: soon } })
  const early = await scan(at(bought))
  expect(early.code).toBe('OUTSIDE_WINDOW')
  expect(early.opensAt).toBe(soon.toISOString())
  app.clock.advance(3_700)
  const admitted = await paid(app, 'flash-sale-drill')
  expect((await scan(at(admitted))).__typename).toBe('CheckIn')
  const last = Math.max(...before.map(({ endsAt }) => endsAt.getTime()), bought.event.endsAt.getTime())
  app.clock.advance((last - app.clock.now().getTime()) / 1_000 + 1)
  expect((await scan(at(bought))).code).toBe('OUTSIDE_WINDOW')
})
