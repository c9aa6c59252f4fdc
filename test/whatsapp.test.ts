import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import type { MessageCause } from '../src/generated/prisma/enums.ts'
import { createCloudApi, WhatsAppRefused, WhatsAppUnclear } from '../src/modules/messages/whatsapp.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { CLOUD, type FakeCloudApi, startFakeCloudApi } from './setup/fake-cloud-api.ts'
import { expectInvariants } from './setup/oracle.ts'
import { confirm } from './setup/refunds.ts'
import { eventually, guest, key, notificationFor, notify, order } from './setup/shop.ts'
import { hire } from './setup/staff.ts'

let app: TestApp
let cloud: FakeCloudApi

beforeAll(async () => {
  cloud = await startFakeCloudApi()
  app = await startApp({
    jobs: true,
    environment: {
      WHATSAPP_URL: cloud.url,
      WHATSAPP_VERSION: CLOUD.version,
      WHATSAPP_PHONE_NUMBER_ID: CLOUD.phoneNumberId,
      WHATSAPP_TOKEN: CLOUD.token,
      WHATSAPP_TIMEOUT_MS: '2000',
    },
  })
})
afterAll(async () => {
  await expectInvariants(app.prisma)
  await app.close()
  await cloud.close()
})

let lastPhone = 10_000_000
const nextPhone = (): string => `0812${++lastPhone}`

/** A buyer with a phone who agrees, or as told, about to pay. */
async function buying(contact: object = {}, locale?: 'ID' | 'EN') {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id, { title: 'Malam\tMusik      Rakyat', venue: 'Gedung' })
  const category = await addCategory(app, event.id)
  const phone = nextPhone()
  const buyer = { ...guest(), phone, whatsapp: true, ...contact }
  const { body } = await order(app, category, { buyer, locale })
  const placed = body.data.createOrder
  expect(placed.__typename, JSON.stringify(body)).toBe('Order')
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'BCA_VA' }
  const paying = await app.call('PayOrder', { input, idempotencyKey: key() })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: paying.body.data.payOrder.id } })
  const amount = { minor: payment.amountMinor, currencyCode: payment.currencyCode }
  return {
    id: String(placed.id),
    number: String(placed.number),
    to: `62${phone.slice(1)}`,
    name: buyer.name,
    event,
    payment,
    settle: () => notify(app, notificationFor({ id: payment.id, amount }, 'settlement')),
  }
}

const takenFor = (to: string, template: string) =>
  cloud.taken.filter((one) => one.to === to && one.template.name === template)
const textsOf = (taken: ReturnType<typeof takenFor>) =>
  taken.map(({ template }) => template.components[0].parameters.map(({ text }) => text))
const messageOf = (orderId: string, cause: MessageCause, channel: 'EMAIL' | 'WHATSAPP' = 'WHATSAPP') =>
  app.prisma.message.findFirst({ where: { orderId, cause, channel } })
const stateIs = (orderId: string, cause: MessageCause, state: string) =>
  eventually(async () => (await messageOf(orderId, cause))?.state === state)
const again = async (kind: string, payload: object) => {
  const now = app.clock.now()
  await app.prisma.outbox.create({ data: { id: newId(), kind, payload, dueAt: now, createdAt: now } })
}

test('who agreed is told by WhatsApp as well, in the language of the order', async () => {
  const { id, to, number, name, payment, settle } = await buying({}, 'EN')
  await stateIs(id, 'ORDER_PLACED', 'SENT')
  const [texts] = textsOf(takenFor(to, 'karcis_order_placed'))
  expect(texts).toEqual([
    name,
    number,
    'IDR 50,000',
    `BCA Virtual Account ${payment.vaNumber}`,
    expect.stringMatching(/WIB|GMT\+7/),
  ])
  await settle()
  await stateIs(id, 'ORDER_PAID', 'SENT')
  const [paid] = takenFor(to, 'karcis_order_paid')
  expect(paid?.template.language.code).toBe('en')
  expect(await messageOf(id, 'ORDER_PAID')).toMatchObject({ providerId: expect.stringMatching(/^wamid\./) })
  await eventually(async () => (await messageOf(id, 'ORDER_PAID', 'EMAIL'))?.state === 'SENT')
})

test('every template has the parameters that were approved', async () => {
  const { id, to, event, settle } = await buying()
  await settle()
  await stateIs(id, 'ORDER_PAID', 'SENT')
  await again('event.changed', { eventId: event.id, changeId: newId() })
  await stateIs(id, 'EVENT_CHANGED', 'SENT')
  expect(textsOf(takenFor(to, 'karcis_event_changed'))[0]?.[2]).toBe('Malam Musik Rakyat')
  await app.prisma.event.update({ where: { id: event.id }, data: { status: 'CANCELLED' } })
  await again('event.cancelled', { eventId: event.id })
  await stateIs(id, 'EVENT_CANCELLED', 'SENT')
  const late = await buying()
  await stateIs(late.id, 'ORDER_PLACED', 'SENT')
  app.clock.advance(901)
  await stateIs(late.id, 'ORDER_EXPIRED', 'SENT')
  await app.prisma.event.update({ where: { id: late.event.id }, data: { status: 'CANCELLED' } })
  // Nothing is left to be had, so the money goes back.
  await late.settle()
  // By hand, for the provider has no way back to an account.
  const owed = await app.prisma.refund.findFirstOrThrow({ where: { orderId: late.id } })
  const { token } = await hire(app, 'FINANCE', late.event.organizerId)
  await confirm(app, token, owed.id)
  await stateIs(late.id, 'ORDER_REFUNDED', 'SENT')
  expect(textsOf(takenFor(late.to, 'karcis_order_refunded'))).toEqual([
    [expect.any(String), late.number, 'Rp 50.000'],
  ])
})

test.each([
  ['did not agree', { whatsapp: false }],
  ['said nothing', { whatsapp: undefined }],
])('who gave a phone and %s is not written to that way', async (_what, contact) => {
  const { id, to } = await buying(contact)
  await eventually(async () => (await messageOf(id, 'ORDER_PLACED', 'EMAIL'))?.state === 'SENT')
  expect(await messageOf(id, 'ORDER_PLACED')).toBeNull()
  expect(cloud.taken.filter((one) => one.to === to)).toEqual([])
})

test('agreeing without a phone is refused', async () => {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  const category = await addCategory(app, event.id)
  const { body } = await order(app, category, { buyer: { ...guest(), whatsapp: true } })
  expect(body.data.createOrder).toMatchObject({ __typename: 'ValidationError' })
  expect(JSON.stringify(body.data.createOrder)).toContain('whatsapp')
})

test.each([
  ['too many calls', { status: 429, code: 80_007 }],
  ['too many messages, said with 400', { status: 400, code: 130_429 }],
  ['an error of theirs', { status: 500, code: 131_000 }],
  ['a page in place of an answer', { status: 503, code: 0 }],
  ['a token that is over', { status: 401, code: 190 }],
])('%s: tried again later, and sent once', async (_what, fault) => {
  cloud.next(fault)
  const { id, to } = await buying()
  await eventually(async () => (await messageOf(id, 'ORDER_PLACED'))?.error != null)
  expect(takenFor(to, 'karcis_order_placed')).toEqual([])
  app.clock.advance(16)
  await stateIs(id, 'ORDER_PLACED', 'SENT')
  expect(takenFor(to, 'karcis_order_placed')).toHaveLength(1)
  expect(await messageOf(id, 'ORDER_PLACED')).toMatchObject({ attempts: 2, error: null })
})

test('a number that has no WhatsApp is asked once, and its mail goes out all the same', async () => {
  cloud.next({ status: 400, code: 131_026, message: 'Message undeliverable to 6281200000' })
  const { id } = await buying()
  await stateIs(id, 'ORDER_PLACED', 'FAILED')
  expect(await messageOf(id, 'ORDER_PLACED')).toMatchObject({
    attempts: 1,
    error: 'answered 400, code 131026',
  })
  await eventually(async () => (await messageOf(id, 'ORDER_PLACED', 'EMAIL'))?.state === 'SENT')
})

test.each(['hang', 'lose'] as const)(
  'an answer lost by "%s" is never followed by a second message',
  async (fault) => {
    cloud.next(fault)
    const { id, to, payment } = await buying()
    await stateIs(id, 'ORDER_PLACED', 'FAILED')
    await again('order.placed', { orderId: id, paymentId: payment.id })
    await eventually(
      async () => (await app.prisma.outbox.count({ where: { kind: 'order.placed', closedAt: null } })) === 0,
    )
    expect(takenFor(to, 'karcis_order_placed')).toHaveLength(1)
  },
)

test('one that was taken up by a process that died is not sent again, because it may be out', async () => {
  const { id, to, settle } = await buying()
  await settle()
  await stateIs(id, 'ORDER_PAID', 'SENT')
  const now = app.clock.now()
  // As a process leaves it that was killed between the call and the record.
  await app.prisma.message.updateMany({
    where: { orderId: id, cause: 'ORDER_PAID', channel: 'WHATSAPP' },
    data: { state: 'QUEUED', sentAt: null, providerId: null, leasedUntil: new Date(now.getTime() - 1) },
  })
  const message = await messageOf(id, 'ORDER_PAID')
  await again('send-message', { messageId: message?.id })
  await stateIs(id, 'ORDER_PAID', 'FAILED')
  expect(takenFor(to, 'karcis_order_paid')).toHaveLength(1)
})

describe('the adapter', () => {
  const api = (change: object = {}) =>
    createCloudApi({ ...CLOUD, url: cloud.url, timeoutMs: 2_000, ...change })
  const hello = (to: string) => ({
    to,
    template: 'karcis_order_paid',
    language: 'id',
    parameters: ['Budi', '7K2M'],
  })

  test.each([
    ['0812-3456 7890', '6281234567890'],
    ['81234567890', '6281234567890'],
    ['+6281234567890', '6281234567890'],
    ['006581234567', '6581234567'],
    ['+6581234567', '6581234567'],
    ['6281234567890', '6281234567890'],
  ])('calls %s at %s', async (written, called) => {
    await api().send(hello(written))
    expect(cloud.taken.at(-1)?.to).toBe(called)
  })

  test('says whether asking again may help', async () => {
    const failed = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (error: unknown) => error,
      )
    const absent = await failed(
      api({ url: `http://127.0.0.1:${await freePort()}` }).send(hello('0812345678')),
    )
    expect(absent).toBeInstanceOf(Error)
    expect(absent).not.toBeInstanceOf(WhatsAppUnclear)
    expect(absent).not.toBeInstanceOf(WhatsAppRefused)
    const wrong = { ...hello('0812345678'), parameters: ['Budi'] }
    expect(await failed(api().send(wrong))).toBeInstanceOf(WhatsAppRefused)
    cloud.next('hang')
    expect(await failed(api().send(hello('0812345678')))).toBeInstanceOf(WhatsAppUnclear)
  })

  test('tells nobody the token or the number', async () => {
    cloud.next({ status: 400, code: 100, message: 'Invalid parameter 62812345678' })
    const error = await api()
      .send(hello('0812345678'))
      .catch((reason: unknown) => reason)
    expect(String(error)).toBe('Error: answered 400, code 100')
  })
})
