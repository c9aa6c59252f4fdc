// Promo codes through HTTP: what staff write of them, and what they do to an order.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveBack } from '../src/modules/orders/release-order.ts'
import { newId } from '../src/platform/ids.ts'
import { serializable } from '../src/platform/serializable.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addItem, addOrganizer, inDays } from './setup/catalogue.ts'
import { sweep } from './setup/expiry.ts'
import { expectInvariants } from './setup/oracle.ts'
import { addPromo, buy, cartOf, newSale, someone, usedOf } from './setup/promo.ts'
import { key, notificationFor, notify, statusOf } from './setup/shop.ts'
import { hire, resultOf, signUp } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const invalid = (reason: string) => ({
  __typename: 'PromoCodeInvalidError',
  code: 'PROMO_CODE_INVALID',
  path: ['input', 'promoCode'],
  reason,
})

/** A payment of an order that is still open. */
async function charge(order: { id: string; accessToken: string }) {
  const input = { orderId: order.id, accessToken: order.accessToken, method: 'QRIS' }
  const { body } = await app.call('PayOrder', { input, idempotencyKey: key() })
  const payment = await app.prisma.payment.findUniqueOrThrow({ where: { id: body.data.payOrder.id } })
  return { id: payment.id, amount: { minor: payment.amountMinor, currencyCode: payment.currencyCode } }
}

const cancel = (order: { id: string; accessToken: string }) =>
  app.call('CancelOrder', {
    input: { orderId: order.id, accessToken: order.accessToken },
    idempotencyKey: key(),
  })

describe('an order with a code', () => {
  test('is cheaper by a percentage, shows the code, and keeps both when the code changes', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { code: 'EARLYBIRD', percentage: 15 })
    const order = await buy(app, { ...cartOf(regular, 2), promoCode: '  earlyBird ', expectedTotal: '85000' })
    expect(order).toMatchObject({
      status: 'PENDING_PAYMENT',
      promoCode: 'EARLYBIRD',
      subtotal: { amount: '100000.00' },
      discount: { amount: '15000.00' },
      total: { amount: '85000.00' },
    })
    await app.prisma.promoCode.update({ where: { id: promo.id }, data: { percentage: 50 } })
    const kept = await app.prisma.order.findUniqueOrThrow({ where: { id: order.id } })
    expect(kept).toMatchObject({ discountMinor: 1_500_000n, totalMinor: 8_500_000n, promoCodeId: promo.id })
    expect(await usedOf(app, promo.id)).toBe(1)
    expect((await charge(order)).amount.minor).toBe(8_500_000n)
    await expectInvariants(app.prisma, [order.id])
  })

  test('is cheaper by an amount, of one category only, never by more than that costs', async () => {
    const { organizer, event, regular, vip } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { kind: 'AMOUNT', amountMinor: 15_000_000n })
    await app.prisma.promoCodeCategory.create({
      data: { promoCodeId: promo.id, ticketCategoryId: regular.id },
    })
    const tickets = [regular, vip].map(({ id }) => ({ ticketCategoryId: id, quantity: 2 }))
    const order = await buy(app, { eventId: event.id, tickets, promoCode: promo.code })
    expect(order).toMatchObject({ subtotal: { amount: '300000.00' }, discount: { amount: '100000.00' } })
    expect(await buy(app, { ...cartOf(vip), promoCode: promo.code })).toMatchObject(
      invalid('NOT_FOR_THIS_CART'),
    )
    await expectInvariants(app.prisma)
  })

  test('takes merchandise into a code that names no category', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id)
    const item = await addItem(app, organizer.id)
    const merchandise = [{ variantId: item.variants[0]?.id, quantity: 2 }]
    const both = await buy(app, { ...cartOf(regular), merchandise, promoCode: promo.code })
    expect(both).toMatchObject({ subtotal: { amount: '200000.00' }, discount: { amount: '20000.00' } })
    const goods = await buy(app, { merchandise, promoCode: promo.code })
    expect(goods).toMatchObject({ discount: { amount: '15000.00' } })
  })

  test('that leaves nothing to pay is PAID at once with its tickets', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { percentage: 100 })
    const order = await buy(app, { ...cartOf(regular, 3), promoCode: promo.code, expectedTotal: '0' })
    expect(order).toMatchObject({ status: 'PAID', total: { amount: '0.00' } })
    expect(order.tickets).toHaveLength(3)
    await expectInvariants(app.prisma, [order.id])
  })

  test('is refused with the discounted total when the buyer was shown another', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id)
    const refused = await buy(app, { ...cartOf(regular), promoCode: promo.code, expectedTotal: '50000' })
    expect(refused).toMatchObject({ __typename: 'PriceChangedError', total: { amount: '45000.00' } })
    expect(await usedOf(app, promo.id)).toBe(0)
  })

  test('replays with its discount and uses the code once', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxUses: 1 })
    const input = { ...cartOf(regular), promoCode: promo.code, buyer: someone() }
    const options = { key: key() }
    const first = await buy(app, input, options)
    expect(first.__typename).toBe('Order')
    expect(await buy(app, input, options)).toEqual(first)
    expect(await usedOf(app, promo.id)).toBe(1)
  })
})

describe('a code is refused', () => {
  test.each(['NO-SUCH-CODE', 'x', 'a b c', `kode\u0007`, "' OR 1=1 --"])(
    'that is not there: %j',
    async (promoCode) => {
      const { regular } = await newSale(app)
      expect(await buy(app, { ...cartOf(regular), promoCode })).toMatchObject(invalid('UNKNOWN'))
    },
  )

  test('of another organizer, and one of any length, as one that is not there', async () => {
    const { regular } = await newSale(app)
    const promo = await addPromo(app, (await addOrganizer(app)).id)
    const codes = [promo.code, 'x'.repeat(10_000)]
    for (const promoCode of codes)
      expect(await buy(app, { ...cartOf(regular), promoCode })).toMatchObject(invalid('UNKNOWN'))
  })

  test('before its first and from its last moment on', async () => {
    const { organizer, regular } = await newSale(app)
    const early = await addPromo(app, organizer.id, { startsAt: inDays(1) })
    const late = await addPromo(app, organizer.id, { endsAt: new Date() })
    expect(await buy(app, { ...cartOf(regular), promoCode: early.code })).toMatchObject(
      invalid('NOT_STARTED'),
    )
    expect(await buy(app, { ...cartOf(regular), promoCode: late.code })).toMatchObject(invalid('ENDED'))
  })

  test('for another event, in another currency, and where nothing costs anything', async () => {
    const { organizer, regular } = await newSale(app)
    const other = await addEvent(app, organizer.id)
    const euro = await addCategory(app, other.id, { currencyCode: 'EUR' })
    const free = await addCategory(app, other.id, { priceMinor: 0n, currencyCode: 'EUR' })
    const bound = await addPromo(app, organizer.id, { eventId: other.id })
    const amount = await addPromo(app, organizer.id, { kind: 'AMOUNT', amountMinor: 100n })
    const carts = [
      { ...cartOf(regular), promoCode: bound.code },
      { ...cartOf(euro), promoCode: amount.code },
      { ...cartOf(free), promoCode: bound.code },
    ]
    for (const cart of carts) expect(await buy(app, cart)).toMatchObject(invalid('NOT_FOR_THIS_CART'))
    expect(await buy(app, { ...cartOf(euro), promoCode: bound.code })).toMatchObject({ __typename: 'Order' })
  })

  test('when it is used up, and is good again when an order gives its use back', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxUses: 1 })
    const cart = { ...cartOf(regular), promoCode: promo.code }
    const first = await buy(app, cart)
    expect(await buy(app, cart)).toMatchObject(invalid('USED_UP'))
    await cancel(first)
    await cancel(first)
    expect(await usedOf(app, promo.id)).toBe(0)
    expect(await buy(app, cart)).toMatchObject({ __typename: 'Order' })
    await expectInvariants(app.prisma)
  })

  test('to a buyer who has used it, however the buyer comes back', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxPerBuyer: 1 })
    const cart = { ...cartOf(regular), promoCode: promo.code }
    const [sari, phone, deviceId] = [await signUp(app), '081200001111', `device-${newId()}`]
    const first = await buy(app, { ...cart, deviceId, buyer: { ...someone(), phone } }, { token: sari.token })
    expect(first.__typename).toBe('Order')
    const again = [
      buy(app, cart, { token: sari.token }),
      buy(app, { ...cart, buyer: { ...someone(), phone: '+62 812-0000-1111' } }),
      buy(app, { ...cart, deviceId }),
    ]
    for (const answer of await Promise.all(again)) expect(answer).toMatchObject(invalid('BUYER_LIMIT'))
    const budi = someone()
    await buy(app, { ...cart, buyer: budi })
    const [person, domain] = budi.email.split('@')
    const labelled = { ...budi, email: `${person}+lagi@${domain}` }
    expect(await buy(app, { ...cart, buyer: labelled })).toMatchObject(invalid('BUYER_LIMIT'))
    expect((await buy(app, cart)).__typename).toBe('Order')
    await expectInvariants(app.prisma)
  })

  test('without being looked up after 300 from one network that are not there', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id)
    const here = { headers: { 'X-Forwarded-For': '198.51.100.7' } }
    const input = { ...cartOf(regular), promoCode: promo.code, buyer: someone() }
    const idempotencyKey = key()
    const placed = await buy(app, input, { ...here, key: idempotencyKey })
    const guesses = Array.from({ length: 300 }, (_, index) => {
      const guess = { ...cartOf(regular), promoCode: `TEBAKAN-${index}`, buyer: someone() }
      return app.call('CreateOrder', { input: guess, idempotencyKey: key() }, here)
    })
    for (const { body } of await Promise.all(guesses))
      expect(body.data.createOrder.code).toBe('PROMO_CODE_INVALID')
    const good = { ...cartOf(regular), promoCode: promo.code }
    expect(await buy(app, good, here)).toMatchObject(invalid('TOO_MANY_TRIES'))
    // What was ordered before is answered as before, and orders without a code, other networks and accounts go on.
    expect(await buy(app, input, { ...here, key: idempotencyKey })).toEqual(placed)
    const { token } = await signUp(app)
    const others = [buy(app, cartOf(regular), here), buy(app, good), buy(app, good, { ...here, token })]
    for (const answer of await Promise.all(others)) expect(answer.__typename).toBe('Order')
  })
})

describe('the use of a code', () => {
  test('is given back once when its order expires', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxUses: 2 })
    const orders = [1, 2].map(() => buy(app, { ...cartOf(regular), promoCode: promo.code }))
    await Promise.all(orders)
    expect(await usedOf(app, promo.id)).toBe(2)
    app.clock.advance(16 * 60)
    await Promise.all([sweep(app), sweep(app)])
    await sweep(app)
    expect(await usedOf(app, promo.id)).toBe(0)
    await expectInvariants(app.prisma)
  })

  test('is given back once, also when its order is given back again', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id)
    const order = await buy(app, { ...cartOf(regular), promoCode: promo.code })
    expect((await buy(app, { ...cartOf(regular), promoCode: promo.code })).__typename).toBe('Order')
    await cancel(order)
    const { deps } = app.app
    await serializable(deps, 'test', (tx) => giveBack(deps, tx, [order.id]))
    expect(await usedOf(app, promo.id)).toBe(1)
    await expectInvariants(app.prisma)
  })

  test('is taken again by a late payment, also when the code is over since', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxUses: 1, maxPerBuyer: 1 })
    const order = await buy(app, { ...cartOf(regular), promoCode: promo.code })
    const payment = await charge(order)
    app.clock.advance(16 * 60)
    await sweep(app)
    await app.prisma.promoCode.update({ where: { id: promo.id }, data: { endsAt: new Date() } })
    await notify(app, notificationFor(payment, 'settlement'))
    expect(await statusOf(app, order.id)).toBe('PAID')
    expect(await usedOf(app, promo.id)).toBe(1)
    await expectInvariants(app.prisma)
  })

  test.each([
    ['used up since', { maxUses: 1 }, someone()],
    ['used again by the same buyer', { maxPerBuyer: 1 }, null],
  ])('cannot be taken again when it is %s: the late payment is refunded', async (_, caps, other) => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, caps)
    const buyer = someone()
    const cart = { ...cartOf(regular), promoCode: promo.code }
    const order = await buy(app, { ...cart, buyer })
    const payment = await charge(order)
    app.clock.advance(16 * 60)
    await sweep(app)
    expect((await buy(app, { ...cart, buyer: other ?? buyer })).__typename).toBe('Order')
    await notify(app, notificationFor(payment, 'settlement'))
    expect(await statusOf(app, order.id)).toBe('EXPIRED')
    expect(await app.prisma.refund.count({ where: { paymentId: payment.id } })).toBe(1)
    expect(await usedOf(app, promo.id)).toBe(1)
    await expectInvariants(app.prisma)
  })

  test('is given back when the bank takes the money back', async () => {
    const { organizer, regular } = await newSale(app)
    const promo = await addPromo(app, organizer.id, { maxUses: 1 })
    const order = await buy(app, { ...cartOf(regular), promoCode: promo.code })
    const payment = await charge(order)
    await notify(app, notificationFor(payment, 'settlement'))
    await notify(app, notificationFor(payment, 'deny', { status_code: '202', fraud_status: undefined }))
    await notify(app, notificationFor(payment, 'deny', { fraud_status: undefined }))
    expect(await statusOf(app, order.id)).toBe('REFUNDED')
    expect(await usedOf(app, promo.id)).toBe(0)
    await expectInvariants(app.prisma)
  })
})

describe('staff', () => {
  const SHOWN = `... on PromoCode { code kind percentage amount { amount currencyCode } eventId maxUses maxPerBuyer used
    startsAt endsAt ticketCategories { id } }`
  const fields = { kind: 'PERCENTAGE', percentage: 10 }

  test('write a code, change it, list it, and it is written down', async () => {
    const { organizerId, token } = await hire(app, 'OWNER')
    const event = await addEvent(app, organizerId)
    const category = await addCategory(app, event.id)
    const input = {
      organizerId,
      eventId: event.id,
      code: ' hemat-50 ',
      kind: 'AMOUNT',
      amount: '50000',
      ticketCategoryIds: [category.id, category.id],
      maxUses: 10,
    }
    const made = await resultOf(app, 'createPromoCode', { input }, token, SHOWN)
    expect(made).toMatchObject({
      code: 'HEMAT-50',
      percentage: null,
      amount: { amount: '50000.00', currencyCode: 'IDR' },
      maxUses: 10,
      maxPerBuyer: null,
      used: 0,
      ticketCategories: [{ id: category.id }],
    })
    const changes = { id: made.id, maxUses: null, maxPerBuyer: 2, ticketCategoryIds: [], endsAt: inDays(1) }
    const changed = await resultOf(app, 'updatePromoCode', { input: changes }, token, SHOWN)
    expect(changed).toMatchObject({ maxUses: null, maxPerBuyer: 2, ticketCategories: [] })
    await resultOf(app, 'updatePromoCode', { input: changes }, token)
    const { body } = await app.query(
      `query ($id: ID!, $event: ID) { promoCodes(organizerId: $id, eventId: $event, first: 1) {
        edges { node { id code ticketCategories { id } } } pageInfo { hasNextPage } } }`,
      { id: organizerId, event: event.id },
      { token },
    )
    expect(body.data.promoCodes).toMatchObject({
      edges: [{ node: { id: made.id, code: 'HEMAT-50' } }],
      pageInfo: { hasNextPage: false },
    })
    const trail = await app.prisma.auditEntry.findMany({
      where: { targetId: made.id },
      orderBy: { id: 'asc' },
    })
    expect(trail.map(({ action }) => action)).toEqual(['promo_code.create', 'promo_code.update'])
  })

  test('cannot write a code twice in one organizer, in any case', async () => {
    const { organizerId, token } = await hire(app, 'OWNER')
    const write = (code: string, organizer = organizerId, as = token) =>
      resultOf(app, 'createPromoCode', { input: { organizerId: organizer, code, ...fields } }, as)
    expect((await write('SAMA')).__typename).toBe('PromoCode')
    expect(await write('sama')).toMatchObject({ __typename: 'PromoCodeTakenError', path: ['input', 'code'] })
    const other = await hire(app, 'OWNER')
    expect((await write('SAMA', other.organizerId, other.token)).__typename).toBe('PromoCode')
  })

  test.each([
    ['percentage', { percentage: 0 }],
    ['percentage', { percentage: 101 }],
    ['percentage', { percentage: null }],
    ['amount', { amount: '1000' }],
    ['amount', { kind: 'AMOUNT', percentage: null }],
    ['amount', { kind: 'AMOUNT', percentage: null, amount: '0' }],
    ['amount', { kind: 'AMOUNT', percentage: null, amount: '-1' }],
    ['amount', { kind: 'AMOUNT', percentage: null, amount: '0.50' }],
    ['amount', { kind: 'AMOUNT', percentage: null, amount: '9999999999999' }],
    ['currencyCode', { kind: 'AMOUNT', percentage: null, amount: '1', currencyCode: 'XXQ' }],
    ['maxUses', { maxUses: 0 }],
    ['maxUses', { maxUses: 1_000_001 }],
    ['maxPerBuyer', { maxPerBuyer: 0 }],
    ['endsAt', { startsAt: new Date(2_000), endsAt: new Date(1_000) }],
    ['code', { code: 'ab' }],
    ['code', { code: 'dua kata' }],
    ['code', { code: 'kode\u0000' }],
    ['ticketCategoryIds.0', { ticketCategoryIds: ['no-id'] }],
    ['ticketCategoryIds', { ticketCategoryIds: Array(101).fill('') }],
  ])('are told what is wrong at %s, in case %#', async (place, wrong) => {
    const { organizerId, token } = await hire(app, 'OWNER')
    const input = { organizerId, code: 'BAIK', ...fields, ...wrong }
    const result = await resultOf(app, 'createPromoCode', { input }, token)
    expect(result).toMatchObject({ __typename: 'ValidationError' })
    expect(result.issues.map(({ path }: { path: string[] }) => path.join('.'))).toContain(`input.${place}`)
    expect(await app.prisma.promoCode.count({ where: { organizerId } })).toBe(0)
  })

  test('cannot bind a code to another tenant’s event or categories', async () => {
    const { organizerId, token } = await hire(app, 'OWNER')
    const foreign = await newSale(app)
    const write = (values: object) =>
      resultOf(app, 'createPromoCode', { input: { organizerId, code: 'ASING', ...fields, ...values } }, token)
    expect(await write({ eventId: foreign.event.id })).toMatchObject({ __typename: 'NotFoundError' })
    const foreignCategory = await write({ ticketCategoryIds: [foreign.vip.id] })
    const unknown = await write({ ticketCategoryIds: [newId()] })
    expect(foreignCategory).toEqual(unknown)
    const own = await addEvent(app, organizerId)
    const sibling = await addCategory(app, (await addEvent(app, organizerId)).id)
    expect(await write({ eventId: own.id, ticketCategoryIds: [sibling.id] })).toMatchObject({
      __typename: 'ValidationError',
    })
    expect((await write({ ticketCategoryIds: [sibling.id] })).__typename).toBe('PromoCode')
  })

  test('cannot lower maxUses below what is used, nor delete what was ever used', async () => {
    const { organizerId, token } = await hire(app, 'OWNER')
    const category = await addCategory(app, (await addEvent(app, organizerId)).id)
    const promo = await addPromo(app, organizerId)
    const order = await buy(app, { ...cartOf(category), promoCode: promo.code })
    await buy(app, { ...cartOf(category), promoCode: promo.code })
    const lower = (maxUses: number) =>
      resultOf(app, 'updatePromoCode', { input: { id: promo.id, maxUses } }, token)
    expect(await lower(1)).toMatchObject({ __typename: 'ValidationError', path: ['input', 'maxUses'] })
    expect((await lower(2)).__typename).toBe('PromoCode')
    await cancel(order)
    const remove = (id: string) => resultOf(app, 'deletePromoCode', { promoCodeId: id }, token)
    expect(await remove(promo.id)).toMatchObject({ __typename: 'PromoCodeUsedError' })
    const unused = await addPromo(app, organizerId)
    expect(await remove(unused.id)).toMatchObject({ __typename: 'DeletedPromoCode', id: unused.id })
    expect(await remove(unused.id)).toMatchObject({ __typename: 'NotFoundError' })
    await expectInvariants(app.prisma)
  })
})
