// What a gate answers: a fixed set of codes that an app can turn into a colour.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { spacedCode } from '../src/platform/ids.ts'
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
    else {
      expect(again).toMatchObject({ code: 'TICKET_ALREADY_USED', leftAt: expect.any(String) })
      expect(again.message).toBe('This ticket has left, and the event lets nobody in again.')
    }
    if (allowReentry) await scan({ ...here, direction: 'EXIT' })
    expect((await scan({ ...here, direction: 'EXIT' })).code).toBe('TICKET_NOT_INSIDE')
  }
  // An organizer that changes its mind lets in again who has left.
  const { tickets } = await paid(app)
  const here = { ...at(bought), ticketToken: tickets[0]?.token }
  await scan(here)
  await scan({ ...here, direction: 'EXIT' })
  await app.prisma.event.update({ where: { id: bought.event.id }, data: { allowReentry: true } })
  expect((await scan(here)).__typename).toBe('CheckIn')
  expect(await scan(here)).toMatchObject({ code: 'TICKET_ALREADY_USED', leftAt: null })
  await app.prisma.event.update({ where: { id: bought.event.id }, data: { allowReentry: false } })
  await expectInvariants(app.prisma)
})

test.each([
  ['as fast as', 0],
  ['behind', -2],
])('an exit counts for its own admission only, the next clock being %s the first', async (_how, step) => {
  const bought = await paid(app)
  await app.prisma.event.update({ where: { id: bought.event.id }, data: { allowReentry: true } })
  const here = at(bought)
  // The second time, the EXIT was written by a process of the version before.
  for (const before of [false, true]) {
    app.clock.advance(600)
    expect((await scan(here)).__typename).toBe('CheckIn')
    app.clock.advance(600)
    const left = await scan({ ...here, direction: 'EXIT' })
    expect(left.direction).toBe('EXIT')
    const exits = { ticketId: bought.tickets[0]?.id ?? '', direction: 'EXIT' as const }
    if (before) await app.prisma.checkIn.updateMany({ where: exits, data: { closedAt: null } })
    const said = new Date(Date.parse(left.scannedAt) - 60_000).toISOString()
    app.clock.advance(step)
    expect(await scan({ ...here, scannedAt: said })).toMatchObject({ __typename: 'CheckIn', claimedAt: said })
    expect(await scan(here)).toMatchObject({ code: 'TICKET_ALREADY_USED', leftAt: null })
    expect((await scan({ ...here, direction: 'EXIT' })).direction).toBe('EXIT')
    expect((await scan({ ...here, direction: 'EXIT' })).code).toBe('TICKET_NOT_INSIDE')
  }
  await app.prisma.event.update({ where: { id: bought.event.id }, data: { allowReentry: false } })
  await expectInvariants(app.prisma)
})

test('a replayed scan is the same admission, and its key is good for no other ticket', async () => {
  const [first, second] = [await paid(app), await paid(app)]
  const idempotencyKey = key()
  const admitted = await scan(at(first), idempotencyKey)
  expect(await scan(at(first), idempotencyKey)).toEqual(admitted)
  expect((await scan(at(second), idempotencyKey)).code).toBe('IDEMPOTENCY_CONFLICT')
})

describe('the time of a scan', () => {
  const later = (seconds: number) => new Date(app.clock.now().getTime() + seconds * 1_000).toISOString()

  test('that was made a while ago is taken', async () => {
    const bought = await paid(app)
    app.clock.advance(900)
    const scannedAt = later(-600)
    expect(await scan({ ...at(bought), scannedAt })).toMatchObject({ scannedAt, claimedAt: null })
    expect((await scan(at(bought))).firstCheckIn.scannedAt).toBe(scannedAt)
  })

  test.each([
    ['before there were gates', () => '1970-01-01T00:00:00.000Z'],
    ['in the year 1', () => '0001-01-01T00:00:00.000Z'],
    ['in the year 9999', () => '9999-12-31T23:59:59.000Z'],
    ['before the ticket was issued', () => later(-3_600)],
    ['to come', () => later(600)],
  ])('%s is when it arrived, and what was said is kept', async (_when, said) => {
    const bought = await paid(app)
    const claimedAt = said()
    const before = app.clock.now().getTime()
    const admitted = await scan({ ...at(bought), scannedAt: claimedAt })
    expect(admitted).toMatchObject({ __typename: 'CheckIn', claimedAt })
    const first = (await scan(at(bought))).firstCheckIn
    expect(first.scannedAt).toBe(admitted.scannedAt)
    expect(Date.parse(first.scannedAt)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(first.scannedAt)).toBeLessThanOrEqual(app.clock.now().getTime())
    const left = await scan({ ...at(bought), direction: 'EXIT', scannedAt: claimedAt })
    expect(Date.parse(left.scannedAt)).toBeGreaterThanOrEqual(Date.parse(first.scannedAt))
  })
})

describe('a ticket is read', () => {
  test.each([
    ['with CR', (token: string) => `${token}\r`],
    ['with CR and LF', (token: string) => `${token}\r\n`],
    ['with TAB', (token: string) => `${token}\t`],
    ['between control characters', (token: string) => `\u0002${token}\u0003\0`],
    ['with an AIM prefix', (token: string) => `]Q1${token}`],
    ['with an AIM prefix between blanks', (token: string) => ` ]C1 ${token}\u00a0`],
    ['in the wrong case by caps lock', swapCase],
    ['on a German keyboard', (token: string) => typedOn(token, 'yzYZ-_', 'zyZYß?')],
  ])('from a scanner: %s', async (_how, typed) => {
    const bought = await paid(app)
    const token = bought.tickets[0]?.token ?? ''
    expect((await scan({ ...at(bought), ticketToken: typed(token) })).ticket?.id).toBe(bought.tickets[0]?.id)
    expect((await scan({ ...at(bought), ticketToken: typed(token) })).code).toBe('TICKET_ALREADY_USED')
  })

  test.each([
    ['as it is printed', (code: string) => ({ code })],
    ['in lower case with a blank', (code: string) => ({ code: spacedCode(code).toLowerCase() })],
    ['with a dash and a line end', (code: string) => ({ code: `${spacedCode(code).replace(' ', '-')}\r` })],
    [
      'with O for 0 and I and l for 1',
      (code: string) => ({ code: code.replaceAll('0', 'O').replace('1', 'I').replace('1', 'l') }),
    ],
    [
      'in full width',
      (code: string) => ({
        code: code.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
      }),
    ],
    ['where the token goes', (code: string) => ({ ticketToken: ` ${code.toLowerCase()}\n` })],
  ])('from a hand: %s', async (_how, typed) => {
    const bought = await paid(app)
    // A code with digits that are mistaken for letters.
    const code = `0101${key()
      .replace(/[^0-9a-f]/g, '')
      .slice(0, 6)
      .toUpperCase()}`
    await app.prisma.ticket.update({ where: { id: bought.tickets[0]?.id ?? '' }, data: { code } })
    const { ticketToken: _token, ...here } = at(bought)
    expect((await scan({ ...here, ...typed(code) })).ticket?.id).toBe(bought.tickets[0]?.id)
    expect((await scan(at(bought))).code).toBe('TICKET_ALREADY_USED')
    const [again, none] = [await scan({ ...here, code }), await scan({ ...here, code: 'ABCDE FGHJK' })]
    for (const { path } of [again, none]) expect(path).toEqual(['input', 'code'])
  })

  test('or it is said why not', async () => {
    const bought = await paid(app)
    const { ticketToken: token = '', ...here } = at(bought)
    const answer = async (shown: object) => (await scan({ ...here, ...shown })).code
    expect(await answer({ ticketToken: typedOn(token, 'abcdefgh.', 'фисвуапрю') })).toBe('TICKET_UNREADABLE')
    expect(await answer({ ticketToken: ' \r\n' })).toBe('TICKET_INVALID')
    expect(await answer({ ticketToken: `${token.slice(0, 50)}\r${token.slice(50)}` })).toBe(
      'TICKET_UNREADABLE',
    )
    expect(await answer({ ticketToken: 'x'.repeat(200_000) })).toBe('TICKET_INVALID')
    expect(await answer({})).toBe('TICKET_INVALID')
    expect(await answer({ code: 'ABCDE FGHJK' })).toBe('TICKET_INVALID')
    expect(await answer({ ticketToken: token, code: bought.tickets[0]?.code })).toBe('VALIDATION_FAILED')
    const drill = await paid(app, 'flash-sale-drill')
    expect(await answer({ code: drill.tickets[0]?.code })).toBe('WRONG_GATE')
  })

  test('by its code only as often as a hand mistypes; the token goes on', async () => {
    const bought = await paid(app)
    const { ticketToken, ...here } = at(bought)
    const token = await app.login('gate@karcis.test')
    const type = (code: string) =>
      app.call('CheckIn', { input: { ...here, code }, idempotencyKey: key() }, { token })
    const wrong = Array.from({ length: 40 }, (_, index) => `ZZZZZZZZ${String(index).padStart(2, '0')}`)
    const answers = await Promise.all(wrong.map(type))
    expect(answers.filter(({ body }) => body.data?.checkIn?.code === 'TICKET_INVALID')).toHaveLength(30)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10)
    const right = await type(bought.tickets[0]?.code ?? '')
    expect([right.status, right.body.errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED'])
    const scanned = await app.call(
      'CheckIn',
      { input: { ...here, ticketToken }, idempotencyKey: key() },
      { token },
    )
    expect(scanned.body.data.checkIn.__typename).toBe('CheckIn')
    // Of another session.
    expect((await scan({ ...here, code: bought.tickets[0]?.code })).code).toBe('TICKET_ALREADY_USED')
  })
})

const swapCase = (text: string) =>
  text.replace(/[A-Za-z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

const typedOn = (text: string, keys: string, letters: string) =>
  Array.from(text, (letter) => letters[keys.indexOf(letter)] ?? letter).join('')

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
  const late = [await paid(app, 'flash-sale-drill'), await paid(app, 'flash-sale-drill')]
  app.clock.advance((last - app.clock.now().getTime()) / 1_000 + 1)
  expect((await scan(at(bought))).code).toBe('OUTSIDE_WINDOW')
  // What a gate without a network let in before the end is told after it, and judged by when it was.
  const [inside, beforeOpening] = [new Date(last - 60_000), new Date(soon.getTime() - 60_000)].map((time) =>
    time.toISOString(),
  )
  app.clock.advance(3_600)
  const [one, two] = late.map((late) => at(late))
  expect(await scan({ ...one, scannedAt: inside })).toMatchObject({
    __typename: 'CheckIn',
    scannedAt: inside,
  })
  expect((await scan({ ...two, scannedAt: new Date(last + 60_000).toISOString() })).code).toBe(
    'OUTSIDE_WINDOW',
  )
  await app.prisma.ticket.updateMany({
    where: { id: late[1]?.tickets[0]?.id },
    data: { issuedAt: new Date(0) },
  })
  expect((await scan({ ...two, scannedAt: beforeOpening })).code).toBe('OUTSIDE_WINDOW')
})
