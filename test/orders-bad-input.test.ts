// Carts that nobody should send, beyond those of bad-input.test.ts. Each has its typed answer, below 500, and no effect.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer } from './setup/catalogue.ts'
import { expectInvariants } from './setup/oracle.ts'
import { guest, key } from './setup/shop.ts'

let app: TestApp
let organizerId: string
let category: { id: string; eventId: string }
let variantId: string

beforeAll(async () => {
  app = await startApp()
  organizerId = (await addOrganizer(app)).id
  const event = await addEvent(app, organizerId)
  category = await addCategory(app, event.id, { quota: 500, maxPerOrder: 10 })
  variantId = await aVariant()
})
afterAll(() => app.close())

async function aVariant(
  owner = organizerId,
  values: Parameters<typeof addItem>[2] = {},
  variant: Parameters<typeof addItem>[3] = {},
) {
  const { variants } = await addItem(app, owner, values, { stock: 500, remaining: 500, ...variant })
  return variants[0]?.id ?? ''
}

const effects = async () => ({
  orders: await app.prisma.order.count(),
  keys: await app.prisma.idempotencyKey.count(),
  jobs: await app.prisma.outbox.count({ where: { kind: { not: 'purge-public' } } }),
  tickets: await app.prisma.ticketCategory.aggregate({ _sum: { remaining: true } }),
  variants: await app.prisma.merchandiseVariant.aggregate({ _sum: { remaining: true } }),
})
let before: Awaited<ReturnType<typeof effects>>
beforeEach(async () => {
  before = await effects()
})

const lines = (...quantities: unknown[]) =>
  quantities.map((quantity) => ({ ticketCategoryId: category.id, quantity }))
const shirts = (...quantities: unknown[]) => quantities.map((quantity) => ({ variantId, quantity }))

const send = (input: object, idempotencyKey = key()) =>
  app.call('CreateOrder', {
    input: { eventId: category.eventId, tickets: lines(1), buyer: guest(), ...input },
    idempotencyKey,
  })

/** What createOrder refuses with, after making sure that nothing came of it. */
async function refused(input: object): Promise<string> {
  const { status, body } = await send(input)
  expect(status, JSON.stringify(body)).toBeLessThan(500)
  expect(await effects()).toEqual(before)
  const answer = body.data?.createOrder
  return answer ? `${answer.__typename} ${(answer.path ?? []).join('.')}` : body.errors[0].extensions.code
}

async function placed(input: object) {
  const { body } = await send(input)
  expect(body.data?.createOrder.__typename, JSON.stringify(body)).toBe('Order')
  return body.data.createOrder
}

describe('lines of one item', () => {
  test('are added up to one line, with their names in order', async () => {
    const tickets = [
      { ticketCategoryId: category.id, quantity: 2, attendeeNames: ['Ani'] },
      { ticketCategoryId: category.id.toUpperCase(), quantity: 1, attendeeNames: ['Budi'] },
    ]
    const order = await placed({ tickets, merchandise: shirts(1, 2) })
    expect(
      order.lines.map(({ kind, quantity }: { kind: string; quantity: number }) => [kind, quantity]),
    ).toEqual([
      ['TICKET', 3],
      ['MERCHANDISE', 3],
    ])
    const line = await app.prisma.orderLine.findFirstOrThrow({ where: { orderId: order.id, kind: 'TICKET' } })
    expect(line.attendeeNames).toEqual(['Ani', 'Budi'])
    await expectInvariants(app.prisma, [order.id])
  })

  test('have the limit of their sum, in 2 lines as in 100', async () => {
    expect(await refused({ tickets: lines(5, 6) })).toBe('LimitExceededError input.tickets.0.quantity')
    expect(await refused({ tickets: lines(...Array(100).fill(1)) })).toBe(
      'LimitExceededError input.tickets.0.quantity',
    )
    expect(await refused({ merchandise: shirts(5, 6) })).toBe(
      'LimitExceededError input.merchandise.0.quantity',
    )
    await placed({ tickets: lines(...Array(10).fill(1)) })
  })

  test('add up beyond any integer without a failure', async () => {
    const most = 2 ** 31 - 1
    expect(await refused({ tickets: lines(...Array(100).fill(most)) })).toMatch(/^LimitExceededError/)
    expect(await refused({ merchandise: shirts(most, most) })).toMatch(/^LimitExceededError/)
  })

  test.each([2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, 1e300, '1', true, [1], { one: 1 }])(
    'refuse a quantity of %j before anything of it runs',
    async (quantity) => {
      expect(await refused({ tickets: lines(quantity) })).toBe('BAD_USER_INPUT')
      expect(await refused({ merchandise: shirts(quantity) })).toBe('BAD_USER_INPUT')
    },
  )

  test.each([0, -1, -(2 ** 31)])('refuse a quantity of %i in the second line also', async (quantity) => {
    expect(await refused({ tickets: lines(1, quantity) })).toBe('ValidationError input.tickets.1.quantity')
    expect(await refused({ merchandise: shirts(1, quantity) })).toBe(
      'ValidationError input.merchandise.1.quantity',
    )
  })

  test('of tickets and merchandise together are at most 100', async () => {
    const cart = { tickets: lines(...Array(10).fill(1)), merchandise: shirts(...Array(91).fill(1)) }
    expect(await refused(cart)).toBe('ValidationError input')
    expect(await refused({ tickets: [], merchandise: [] })).toBe('ValidationError input')
    expect(await refused({ tickets: null, merchandise: null })).toBe('ValidationError input')
  })
})

describe('a cart', () => {
  test('of two events is refused at the line of the other one', async () => {
    const other = await addCategory(app, (await addEvent(app, organizerId)).id)
    before = await effects()
    const tickets = [...lines(1), { ticketCategoryId: other.id, quantity: 1 }]
    expect(await refused({ tickets })).toBe('ValidationError input.tickets.1.ticketCategoryId')
  })

  test('with a category of another organizer’s event, of a draft, or of a draft’s own event is one of unknown ids', async () => {
    const foreign = await addCategory(app, (await addEvent(app, (await addOrganizer(app)).id)).id)
    const draft = await addEvent(app, organizerId, { status: 'DRAFT', publishedAt: null })
    const hidden = await addCategory(app, draft.id)
    before = await effects()
    for (const { id } of [foreign, hidden]) {
      const tickets = [{ ticketCategoryId: id, quantity: 1 }]
      expect(await refused({ tickets })).toBe('ValidationError input.tickets.0.ticketCategoryId')
    }
    const tickets = [{ ticketCategoryId: hidden.id, quantity: 1 }]
    expect(await refused({ eventId: draft.id, tickets })).toBe('ValidationError input.eventId')
    expect(await refused({ eventId: draft.id, tickets: [], merchandise: shirts(1) })).toBe(
      'ValidationError input.eventId',
    )
  })

  test('of a cancelled or ended event is refused as closed', async () => {
    for (const status of ['CANCELLED', 'ENDED'] as const) {
      const event = await addEvent(app, organizerId, { status })
      const { id } = await addCategory(app, event.id)
      before = await effects()
      const tickets = [{ ticketCategoryId: id, quantity: 1 }]
      expect(await refused({ eventId: event.id, tickets })).toMatch(/^SaleClosedError/)
    }
  })

  test('with merchandise that is not public or another organizer’s is one of unknown ids', async () => {
    const hidden = await aVariant(organizerId, { published: false })
    const foreign = await aVariant((await addOrganizer(app)).id)
    before = await effects()
    for (const id of [hidden, foreign]) {
      const merchandise = [...shirts(1), { variantId: id, quantity: 1 }]
      expect(await refused({ merchandise })).toBe('ValidationError input.merchandise.1.variantId')
      expect(await refused({ eventId: null, tickets: null, merchandise })).toBe(
        'ValidationError input.merchandise.1.variantId',
      )
    }
  })

  test('in two currencies is refused', async () => {
    const dollars = await aVariant(organizerId, {}, { currencyCode: 'USD' })
    before = await effects()
    const merchandise = [{ variantId: dollars, quantity: 1 }]
    expect(await refused({ merchandise })).toMatch(/^ValidationError input\.merchandise\.0/)
  })
})

test.each([
  'Menang! evil.com/klik',
  'https://evil.example',
  'me@evil.example',
  'WWW.EVIL.XYZ',
  'e\u200bvil．com',
])(
  'the name %j, which a mail would make a link of, is refused of a buyer and of an attendee',
  async (name) => {
    expect(await refused({ buyer: { ...guest(), name } })).toBe('ValidationError input.buyer.name')
    const tickets = [{ ticketCategoryId: category.id, quantity: 1, attendeeNames: [name] }]
    expect(await refused({ tickets })).toBe('ValidationError input.tickets.0.attendeeNames')
    const held = await app.call('PlaceHold', {
      input: { eventId: category.eventId, tickets },
      idempotencyKey: key(),
    })
    expect(held.body.data.placeHold).toMatchObject({ __typename: 'ValidationError' })
  },
)

test('names with stops in them are names', async () => {
  const tickets = [
    { ticketCategoryId: category.id, quantity: 2, attendeeNames: ['St. John', "D'Angelo Jr."] },
  ]
  await placed({ buyer: { ...guest(), name: 'Dr.Ir. H. Budi, S.Si., M.Ag.' }, tickets })
})

describe('totals', () => {
  test('of 100 lines of 100 units at the highest price that the database takes fit, and are exact everywhere', async () => {
    const variant = { priceMinor: 10n ** 14n, stock: 100, remaining: 100, maxPerOrder: 100 }
    const merchandise: object[] = []
    for (let count = 0; count < 100; count++)
      merchandise.push({ variantId: await aVariant(organizerId, {}, variant), quantity: 100 })
    const [cart, idempotencyKey] = [{ eventId: null, tickets: null, merchandise, buyer: guest() }, key()]
    const first = await send(cart, idempotencyKey)
    const { id: orderId, accessToken, total } = first.body.data.createOrder
    expect(total).toMatchObject({ amount: '10000000000000000.00', currencyCode: 'IDR' })
    expect((await send(cart, idempotencyKey)).body).toEqual(first.body)
    const paying = await app.call('PayOrder', {
      input: { orderId, accessToken, method: 'QRIS' },
      idempotencyKey: key(),
    })
    expect(paying.body.data.payOrder.amount.amount).toBe('10000000000000000.00')
    await expectInvariants(app.prisma, [orderId])
  })

  test.each([
    ['9999999999999999.99', 'PriceChangedError input.expectedTotal'],
    ['-50000', 'PriceChangedError input.expectedTotal'],
    ['50000.001', 'PriceChangedError input.expectedTotal'],
    ['99999999999999999', 'BAD_USER_INPUT'],
    ['5e4', 'BAD_USER_INPUT'],
    ['', 'BAD_USER_INPUT'],
    ['NaN', 'BAD_USER_INPUT'],
    ['٥٠٠٠٠', 'BAD_USER_INPUT'],
    [50_000, 'BAD_USER_INPUT'],
    ['1'.repeat(10_000), 'BAD_USER_INPUT'],
  ])('expected as %s are refused', async (expectedTotal, answer) => {
    expect(await refused({ expectedTotal })).toBe(answer)
  })

  test('that changed between the look and the order are refused with the new one, which the same key then takes', async () => {
    const event = await addEvent(app, organizerId)
    const { id } = await addCategory(app, event.id, { priceMinor: 5_000_000n })
    const cart = { eventId: event.id, tickets: [{ ticketCategoryId: id, quantity: 2 }], buyer: guest() }
    await app.prisma.ticketCategory.update({ where: { id }, data: { priceMinor: 6_000_000n } })
    before = await effects()
    const idempotencyKey = key()
    const changed = (await send({ ...cart, expectedTotal: '100000' }, idempotencyKey)).body.data.createOrder
    expect(changed).toMatchObject({ __typename: 'PriceChangedError', total: { amount: '120000.00' } })
    expect(await effects()).toEqual(before)
    const { body } = await send({ ...cart, expectedTotal: changed.total.amount }, idempotencyKey)
    expect(body.data.createOrder).toMatchObject({ __typename: 'Order', total: { amount: '120000.00' } })
  })
})

describe('text that nobody sees', () => {
  test.each(['\u2800', '\u3164', '\u115f', '\u200b\u00ad', '\u3000', '\ufe0f'])(
    '%j is nobody’s name',
    async (name) => {
      expect(await refused({ buyer: { ...guest(), name } })).toBe('ValidationError input.buyer.name')
      const tickets = [{ ...lines(1)[0], attendeeNames: [name] }]
      expect(await refused({ tickets })).toBe('ValidationError input.tickets.0.attendeeNames')
    },
  )

  test.each(['', ' ', '\t', '\u200b'])(
    '%j is no promo code, and the order is placed without',
    async (promoCode) => {
      await placed({ promoCode })
    },
  )
})

describe('text that nobody types', () => {
  const odd: [string, string][] = [
    ['U+0000', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['SQL', '\'; DROP TABLE "order"; --'],
    ['a JSON object', '{"$ne":null}'],
  ]

  test.each(odd)(
    'as an id, a token or a code is unknown or refused, never a failure: %s',
    async (_what, text) => {
      for (const input of [
        { eventId: text },
        { tickets: [{ ticketCategoryId: text, quantity: 1 }] },
        { merchandise: [{ variantId: text, quantity: 1 }] },
        { holdId: text },
        { promoCode: text },
        { expectedTotal: text },
        { buyer: { ...guest(), email: text } },
        { buyer: { ...guest(), email: `${text}@karcis.test` } },
        { buyer: { ...guest(), phone: text } },
      ]) {
        const answer = await refused(input)
        expect(answer, JSON.stringify(input).slice(0, 200)).toMatch(
          /^(?:ValidationError|HoldExpiredError|PromoCodeInvalidError|BAD_USER_INPUT)/,
        )
      }
    },
  )

  test.each(odd.slice(0, 3))('as a name is refused: %s', async (_what, text) => {
    expect(await refused({ buyer: { ...guest(), name: text } })).toBe('ValidationError input.buyer.name')
    const tickets = [{ ticketCategoryId: category.id, quantity: 1, attendeeNames: [text] }]
    expect(await refused({ tickets })).toMatch(/^ValidationError input\.tickets\.0\.attendeeNames(\.0)?$/)
  })

  test.each(odd)(
    'of a token from a waiting room that the event does not have changes nothing: %s',
    async (_what, text) => {
      const { status, body } = await send({ admissionToken: text })
      expect(status).toBeLessThan(500)
      expect(body.data.createOrder.__typename).toMatch(/^(?:Order|AdmissionRequiredError|ValidationError)$/)
    },
  )

  test.each(odd)('names no order to pay or to cancel: %s', async (_what, text) => {
    const { id, accessToken } = await placed({})
    for (const [orderId, token] of [
      [text, accessToken],
      [id, text],
      [id, null],
    ]) {
      const input = { orderId, accessToken: token }
      const paying = await app.call('PayOrder', {
        input: { ...input, method: 'QRIS' },
        idempotencyKey: key(),
      })
      const cancelling = await app.call('CancelOrder', { input, idempotencyKey: key() })
      expect(paying.body.data.payOrder.__typename).toMatch(/^(?:NotFoundError|ValidationError)$/)
      expect(cancelling.body.data.cancelOrder.__typename).toMatch(/^(?:NotFoundError|ValidationError)$/)
    }
    expect((await app.prisma.order.findUniqueOrThrow({ where: { id } })).status).toBe('PENDING_PAYMENT')
  })

  test.each(odd.slice(0, 3))('gives no reason for a cancellation: %s', async (_what, text) => {
    const { id: orderId, accessToken } = await placed({})
    const input = { orderId, accessToken, reason: text }
    const { body } = await app.call('CancelOrder', { input, idempotencyKey: key() })
    expect(body.data.cancelOrder).toMatchObject({ __typename: 'ValidationError', path: ['input', 'reason'] })
    expect((await app.prisma.order.findUniqueOrThrow({ where: { id: orderId } })).status).toBe(
      'PENDING_PAYMENT',
    )
  })

  test.each(['TUNAI', '', 'qris', null, 1])('no payment method is %j', async (method) => {
    const { id: orderId, accessToken } = await placed({})
    const { body } = await app.call('PayOrder', {
      input: { orderId, accessToken, method },
      idempotencyKey: key(),
    })
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT')
    expect(await app.prisma.payment.count({ where: { orderId } })).toBe(0)
  })
})
