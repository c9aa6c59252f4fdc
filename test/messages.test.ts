import { PNG } from 'pngjs'
import type { Email } from 'postal-mime'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { MessageCause } from '../src/generated/prisma/enums.ts'
import { tellGathered } from '../src/modules/events/tell-gathered.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { readQr } from './setup/documents.ts'
import { type FakeSmtp, startFakeSmtp } from './setup/fake-smtp.ts'
import { expectInvariants } from './setup/oracle.ts'
import { confirm, refund } from './setup/refunds.ts'
import { eventually, guest, key, notificationFor, notify, order } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp
let smtp: FakeSmtp

beforeAll(async () => {
  smtp = await startFakeSmtp()
  app = await startApp({ jobs: true, environment: { SMTP_URL: smtp.url, SMTP_TIMEOUT_MS: '3000' } })
})
beforeEach(() => smtp.forget())
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  await smtp.close()
})

interface Wanted {
  readonly locale?: 'ID' | 'EN'
  readonly method?: string
  readonly title?: string
  readonly buyer?: { name: string; email: string; phone?: string }
  readonly quota?: number
}

/** Somebody who is about to pay for two tickets of an event of its own. */
async function buying({
  locale,
  method = 'QRIS',
  title = 'Malam Musik',
  buyer = guest(),
  quota,
}: Wanted = {}) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id, {
    title,
    timeZone: 'Asia/Makassar',
    startsAt: new Date('2030-05-04T11:00:00Z'),
    endsAt: new Date('2030-05-04T14:00:00Z'),
    venue: 'Gedung Kesenian',
    city: 'Makassar',
  })
  const category = await addCategory(app, event.id, { priceMinor: 7_500_000n, ...(quota ? { quota } : {}) })
  const input = { tickets: [{ ticketCategoryId: category.id, quantity: 2 }], buyer, locale }
  const { body } = await order(app, category, input)
  const placed = body.data.createOrder
  expect(placed.__typename, JSON.stringify(body)).toBe('Order')
  const paying = await app.call('PayOrder', {
    input: { orderId: placed.id, accessToken: placed.accessToken, method },
    idempotencyKey: key(),
  })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const { amountMinor: minor, currencyCode } = payment
  return {
    event,
    category,
    number: String(placed.number),
    id: String(placed.id),
    email: buyer.email,
    payment,
    settle: () =>
      notify(app, notificationFor({ id: payment.id, amount: { minor, currencyCode } }, 'settlement')),
  }
}

const mailsTo = (email: string): Email[] =>
  smtp.mails.filter(({ to }) => to?.some((one) => one.address === email))

async function mailTo(email: string, subject: string | RegExp): Promise<Email> {
  const about = () => mailsTo(email).find((mail) => mail.subject?.match(subject))
  await eventually(async () => about() !== undefined)
  const mail = about()
  if (!mail) throw new Error('There is no such mail.')
  return mail
}

const messagesOf = (orderId: string, cause: MessageCause) =>
  app.prisma.message.findMany({ where: { orderId, cause } })

const openJobs = () =>
  app.prisma.outbox.count({
    where: { closedAt: null, dueAt: { lte: app.clock.now() }, kind: { not: { startsWith: 'purge' } } },
  })
const idle = () => eventually(async () => (await openJobs()) === 0)

const enqueueAgain = async (kind: string, payload: object, copies = 1) => {
  const now = app.clock.now()
  const rows = Array.from({ length: copies }, () => ({
    id: newId(),
    kind,
    payload,
    dueAt: now,
    createdAt: now,
  }))
  await app.prisma.outbox.createMany({ data: rows })
  return {
    // The oracle looks for exactly one of each.
    takeBack: () => app.prisma.outbox.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } }),
  }
}

test('a buyer who is about to pay by QRIS gets the code, the amount and the deadline in the zone of the event', async () => {
  const { email, number, payment } = await buying()
  const mail = await mailTo(email, `Bayar pesanan ${number}`)
  expect(mail.text).toContain('Jumlah: Rp 150.000')
  const wita = new Intl.DateTimeFormat('id-ID', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'Asia/Makassar',
    timeZoneName: 'short',
  }).format(payment.expiresAt)
  expect(wita).toContain('WITA')
  expect(mail.text).toContain(wita)
  expect(mail.html).toContain('<img src="cid:payment-qr"')
  expect(mail.attachments.map(({ mimeType, contentId }) => [mimeType, contentId])).toEqual([
    ['image/png', '<payment-qr>'],
  ])
})

test('one who pays by virtual account gets its number, in English when that was asked for', async () => {
  const { email, number, payment } = await buying({ locale: 'EN', method: 'BCA_VA' })
  const mail = await mailTo(email, `Pay for order ${number}`)
  expect(mail.text).toContain(`Virtual account number: ${payment.vaNumber}`)
  expect(mail.text).toContain('Amount: IDR 150,000')
  expect(mail.html).toContain('<html lang="en">')
  expect(mail.attachments).toEqual([])
})

test.each([
  ['ID', /Pesanan .* lunas/, 'Tiket Anda terlampir', 'Rp 150.000', /^tiket-[0-9A-Z-]{12}\.pdf$/],
  ['EN', /Order .* is paid/, 'Your tickets are attached', 'IDR 150,000', /^tickets-[0-9A-Z-]{12}\.pdf$/],
] as const)('a paid order is told with its tickets in %s', async (locale, subject, words, amount, file) => {
  const { email, settle, id } = await buying({ locale })
  await settle()
  const mail = await mailTo(email, subject)
  expect(mail.text).toContain(words)
  expect(mail.text).toContain(amount)
  expect(mail.attachments.map(({ filename }) => filename)).toEqual([
    expect.stringMatching(file),
    expect.stringMatching(/^[0-9A-Z-]{12}\.ics$/),
  ])
  const [page = ''] = /http\S+\/documents\/tickets\/\S+/.exec(mail.text ?? '') ?? []
  const shown = await fetch(page)
  expect(shown.status).toBe(200)
  expect(await shown.text()).toContain(`<html lang="${locale.toLowerCase()}">`)
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.state === 'SENT')
  const [message] = await messagesOf(id, 'ORDER_PAID')
  expect(mail.messageId).toBe(`<${message?.id}@karcis.test>`)
  expect(message).toMatchObject({ attempts: 1, error: null, leasedUntil: null })
  expect(message?.providerId).toMatch(/^250 /)
})

test('an order that cost nothing is confirmed without an amount, with its tickets', async () => {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id, { priceMinor: 0n })
  const buyer = guest()
  await order(app, category, { buyer })
  const mail = await mailTo(buyer.email, /lunas/)
  expect(mail.text).toContain('sudah kami catat')
  expect(mail.text).not.toMatch(/Rp\s/)
  // Codes stand as on the page and on paper.
  expect(mail.text).toMatch(/\n- [0-9A-Z]{5} [0-9A-Z]{5} – /)
  expect(mail.attachments.map(({ mimeType }) => mimeType)).toEqual(['application/pdf', 'text/calendar'])
})

test.each([
  ['ID', /lunas: Malam Musik/, 'Ambil di stan merchandise di Gedung Kesenian, Makassar', 'Buka faktur'],
  ['EN', /is paid: Malam Musik/, 'the merchandise booth at Gedung Kesenian, Makassar', 'Open the invoice'],
] as const)(
  'goods bring their pick-up code, where and when, and the invoice in %s',
  async (locale, subject, where, invoice) => {
    const organizer = await addOrganizer(app)
    const event = await addEvent(app, organizer.id, {
      title: 'Malam Musik',
      venue: 'Gedung Kesenian',
      city: 'Makassar',
      timeZone: 'Asia/Makassar',
    })
    const item = await addItem(app, organizer.id, { eventId: event.id })
    const buyer = guest()
    const merchandise = [{ variantId: item.variants[0]?.id, quantity: 2 }]
    const input = { eventId: event.id, merchandise, buyer, locale }
    const placed = (await app.call('CreateOrder', { input, idempotencyKey: key() })).body.data.createOrder
    const pay = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
    const paying = (await app.call('PayOrder', { input: pay, idempotencyKey: key() })).body.data.payOrder
    const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.id } })
    const amount = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
    await notify(app, notificationFor({ id: payment.id, amount }, 'settlement'))
    const mail = await mailTo(buyer.email, subject)
    expect(mail.from?.name).toBe(`${organizer.name} via Karcis`)
    expect(mail.text).toContain(where)
    expect(mail.text).toMatch(/\n- 2 × /)
    expect(mail.text).toContain('WITA')
    expect(mail.text).toContain(placed.number)
    expect(mail.html).toContain('<img src="cid:pickup-qr"')
    const [picture] = mail.attachments.filter(({ contentId }) => contentId === '<pickup-qr>')
    const goods = await app.call('OrderGoods', { id: placed.id, accessToken: placed.accessToken })
    const { data, width, height } = PNG.sync.read(
      Buffer.from(new Uint8Array(picture?.content as ArrayBuffer)),
    )
    expect(readQr({ data: new Uint8ClampedArray(data), width, height })).toBe(
      goods.body.data.order.pickupToken,
    )
    const [, url = ''] = new RegExp(`${invoice}:\\n(\\S+)`).exec(mail.text ?? '') ?? []
    const shown = await fetch(url)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'application/pdf'])
  },
)

test('an order of merchandise alone says nothing of an event or tickets', async () => {
  const organizer = await addOrganizer(app)
  const item = await addItem(app, organizer.id, { minPriceMinor: 0n })
  const buyer = guest()
  const merchandise = [{ variantId: item.variants[0]?.id, quantity: 1 }]
  const input = { merchandise, buyer, locale: 'EN' }
  await app.call('CreateOrder', { input, idempotencyKey: key() })
  const mail = await mailTo(buyer.email, /is paid/)
  expect(mail.text).toContain('1 × ')
  expect(mail.text).not.toMatch(/Event|tickets|See you/)
  // What it has is the code for the goods.
  expect(mail.attachments.map(({ contentId }) => contentId)).toEqual(['<pickup-qr>'])
  expect(mail.text).toContain('tells you where and when to pick them up')
})

test.each([
  ['ID', /kedaluwarsa/],
  ['EN', /has expired/],
] as const)('an order that expired is told once in %s', async (locale, subject) => {
  const { email, id } = await buying({ locale })
  await idle()
  app.clock.advance(901)
  await mailTo(email, subject)
  await enqueueAgain('order.expired', { orderId: id }, 3)
  await idle()
  expect(mailsTo(email).filter((mail) => mail.subject?.match(subject))).toHaveLength(1)
})

test.each([
  ['ID', 'QRIS', /Dana pesanan/, 'Rp 150.000 untuk pesanan', 'rekening atau dompet'],
  ['EN', 'BNI_VA', /Money back/, 'IDR 150,000 for order', 'The organizer sends it to your bank account'],
] as const)(
  'money that goes back is told in %s with where it goes',
  async (locale, method, subject, amount, where) => {
    const { email, settle, category, event, id } = await buying({ locale, method, quota: 2 })
    await idle()
    app.clock.advance(901)
    await mailTo(email, /kedaluwarsa|has expired/)
    // Somebody else has it now.
    await order(app, category, { tickets: [{ ticketCategoryId: category.id, quantity: 2 }] })
    await settle()
    const byHand = await app.prisma.refund.findFirst({ where: { orderId: id, status: 'MANUAL' } })
    if (byHand) {
      const { token } = await hire(app, 'FINANCE', event.organizerId)
      expect(await confirm(app, token, byHand.id)).toMatchObject({ status: 'SUCCEEDED' })
    }
    const mail = await mailTo(email, subject)
    expect(mail.text).toContain(amount)
    expect(mail.text).toContain(where)
    expect(mail.text).toContain(
      locale === 'ID' ? 'ketika pesanan sudah berakhir' : 'when the order had ended',
    )
  },
)

test('who paid by QRIS and gets a transfer by hand is told to look at the bank account', async () => {
  const { email, settle, event, id } = await buying({ locale: 'EN' })
  await settle()
  const { token } = await hire(app, 'FINANCE', event.organizerId)
  await refund(app, token, id, { manual: true })
  const byHand = await app.prisma.refund.findFirstOrThrow({ where: { orderId: id } })
  await confirm(app, token, byHand.id)
  expect((await mailTo(email, /Money back/)).text).toContain('The organizer sends it to your bank account')
})

test.each([
  ['ID', 'event.changed', /Perubahan acara: Malam Musik/, 'Gedung Kesenian, Makassar'],
  ['EN', 'event.changed', /Changed: Malam Musik/, 'Your tickets stay valid'],
  ['ID', 'event.cancelled', /Acara batal: Malam Musik/, 'dibatalkan oleh penyelenggara'],
  ['EN', 'event.cancelled', /Cancelled: Malam Musik/, 'has cancelled the event'],
] as const)(
  'who has paid is told in %s of %s once, and nobody else',
  async (locale, kind, subject, words) => {
    const { email, settle, event, category } = await buying({ locale })
    await settle()
    const other = guest()
    await order(app, category, { buyer: other })
    if (kind === 'event.cancelled')
      await app.prisma.event.update({ where: { id: event.id }, data: { status: 'CANCELLED' } })
    const changeId = newId()
    await enqueueAgain(kind, { eventId: event.id, changeId }, 2)
    const mail = await mailTo(email, subject)
    expect(mail.text).toContain(words)
    await enqueueAgain(kind, { eventId: event.id, changeId })
    await idle()
    expect(mailsTo(email).filter((one) => one.subject?.match(subject))).toHaveLength(1)
    expect(mailsTo(other.email)).toEqual([])
  },
)

test('a second change of an event is told as well', async () => {
  const { email, settle, event } = await buying()
  await settle()
  for (const count of [1, 2]) {
    await enqueueAgain('event.changed', { eventId: event.id, changeId: newId() })
    await eventually(
      async () => mailsTo(email).filter((mail) => mail.subject?.startsWith('Perubahan')).length === count,
    )
  }
})

test('edits are one mail that shows what was and is; what is undone or called off is none', async () => {
  const { email, settle, event } = await buying({ locale: 'EN' })
  await settle()
  const update = async (values: object) => {
    const { token } = await hire(app, 'OWNER', event.organizerId)
    return resultOf(app, 'updateEvent', { input: { id: event.id, ...values } }, token)
  }
  const changes = () => mailsTo(email).filter(({ subject }) => subject?.startsWith('Changed'))
  const quiet = async () => {
    app.clock.advance(601)
    await tellGathered(app.app.deps)
    await idle()
  }
  await update({ title: 'Malam Jazz' })
  await update({ venue: 'Gedung Baru' })
  await update({ startsAt: '2030-05-04T12:00:00Z' })
  await quiet()
  const mail = await mailTo(email, /Changed: Malam Jazz/)
  expect(mail.text).toContain('Event: Malam Musik → Malam Jazz')
  expect(mail.text).toContain('Place: Gedung Kesenian, Makassar → Gedung Baru, Makassar')
  expect(mail.text).toMatch(/Time: .*19:00 WITA → .*20:00 WITA/)
  await update({ title: 'Salah' })
  await update({ title: 'Malam Jazz' })
  await quiet()
  await update({ title: 'Salah lagi' })
  await app.prisma.event.update({ where: { id: event.id }, data: { status: 'CANCELLED' } })
  await quiet()
  expect(changes()).toHaveLength(1)
})

test('one who paid is told of the cancelled event also when the money was faster', async () => {
  const { email, settle, event, id, payment } = await buying()
  await settle()
  await app.prisma.event.update({ where: { id: event.id }, data: { status: 'CANCELLED' } })
  const said = { id: payment.id, amount: { minor: payment.amountMinor, currencyCode: 'IDR' } }
  // The bank takes it back.
  await notify(app, notificationFor(said, 'deny'))
  await eventually(
    async () => (await app.prisma.order.findUniqueOrThrow({ where: { id } })).status === 'REFUNDED',
  )
  await enqueueAgain('event.cancelled', { eventId: event.id })
  await mailTo(email, /Acara batal/)
})

test('what buyers and organizers typed stays words in HTML, and makes no header', async () => {
  const nasty = `<script>alert(1)</script>\r\nBcc: all@karcis.test "&'`
  const { email, settle, event } = await buying({
    title: nasty,
    buyer: { name: `<img src=x onerror=alert(1)>"'&`, email: guest().email },
  })
  await settle()
  await mailTo(email, /lunas/)
  await enqueueAgain('event.changed', { eventId: event.id, changeId: newId() })
  const mail = await mailTo(email, /Perubahan/)
  for (const { html, headers } of mailsTo(email)) {
    expect(html).not.toMatch(/<script|<img src=x/)
    expect(headers.some(({ key: name }) => name === 'bcc')).toBe(false)
  }
  expect(mail.html).toContain('&lt;script&gt;')
  expect(mail.subject).toContain('Bcc: all@karcis.test')
})

test('a cause with many jobs at once is told once', async () => {
  const { email, settle, id } = await buying()
  await settle()
  const copies = await enqueueAgain('send-tickets', { orderId: id }, 12)
  await mailTo(email, /lunas/)
  await idle()
  await copies.takeBack()
  expect(mailsTo(email).filter((mail) => mail.subject?.match(/lunas/))).toHaveLength(1)
  expect(await messagesOf(id, 'ORDER_PAID')).toHaveLength(1)
})

test('a server that is down gets the mail once it is up, and once', async () => {
  const { email, settle, id } = await buying()
  await idle()
  await smtp.down()
  await settle()
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.error != null)
  // For longer than the attempts of a job last.
  for (let tries = 2; tries <= 10; tries++) {
    app.clock.advance(901)
    await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.attempts === tries)
    await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.leasedUntil === null)
  }
  await smtp.up()
  app.clock.advance(901)
  await mailTo(email, /lunas/)
  await idle()
  expect(mailsTo(email).filter((mail) => mail.subject?.match(/lunas/))).toHaveLength(1)
  expect((await messagesOf(id, 'ORDER_PAID'))[0]).toMatchObject({ state: 'SENT', error: null })
  expect(await app.prisma.outbox.count({ where: { deadAt: { not: null } } })).toBe(0)
})

test.each(['hang', 'busy'] as const)(
  'a server that answers a mail with "%s" gets it again later',
  async (fault) => {
    const { email, settle, id } = await buying()
    await mailTo(email, /Bayar/)
    await idle()
    smtp.next(fault, email)
    await settle()
    await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.error != null)
    app.clock.advance(16)
    await mailTo(email, /lunas/)
    await idle()
    expect((await messagesOf(id, 'ORDER_PAID'))[0]).toMatchObject({ state: 'SENT', attempts: 2 })
  },
)

test('a mail that was taken although the answer was lost comes again as the same mail', async () => {
  const { email, settle, id } = await buying()
  await mailTo(email, /Bayar/)
  await idle()
  smtp.next('lose', email)
  await settle()
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.error != null)
  app.clock.advance(16)
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.state === 'SENT')
  const copies = mailsTo(email).filter((mail) => mail.subject?.match(/lunas/))
  expect(copies).toHaveLength(2)
  expect(new Set(copies.map(({ messageId, date }) => `${messageId} ${date}`)).size).toBe(1)
  expect(smtp.distinct().filter((mail) => mail.subject?.match(/lunas/))).toHaveLength(1)
})

test('a mailbox that is not there is asked once, and the failure stays on record', async () => {
  const { settle, id, email } = await buying()
  await mailTo(email, /Bayar/)
  await idle()
  smtp.next('refuse', email)
  await settle()
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.state === 'FAILED')
  const copy = await enqueueAgain('send-tickets', { orderId: id })
  await idle()
  await copy.takeBack()
  expect((await messagesOf(id, 'ORDER_PAID'))[0]).toMatchObject({ attempts: 1, sentAt: null })
})

test('instructions that could not be sent before the order was paid are not sent any more', async () => {
  await smtp.down()
  const { email, settle, id } = await buying()
  await eventually(async () => (await messagesOf(id, 'ORDER_PLACED'))[0]?.error != null)
  await settle()
  await eventually(async () => (await messagesOf(id, 'ORDER_PAID'))[0]?.error != null)
  await smtp.up()
  app.clock.advance(16)
  await mailTo(email, /lunas/)
  await eventually(async () => (await messagesOf(id, 'ORDER_PLACED'))[0]?.state === 'DROPPED')
  expect(mailsTo(email)).toHaveLength(1)
})

test('paying again by the same method sends no second mail', async () => {
  const { email, id, payment } = await buying()
  await mailTo(email, /Bayar/)
  await enqueueAgain('order.placed', { orderId: id, paymentId: payment.id }, 2)
  await idle()
  expect(mailsTo(email)).toHaveLength(1)
})
