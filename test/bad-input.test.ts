// One test a line of what a client may get wrong. Each has its typed answer or a 4xx, and no effect.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { categoryOf, guest, key, order, paid } from './setup/shop.ts'

let app: TestApp
let regular: { id: string; eventId: string; maxPerOrder: number }
let effects: unknown

const countEffects = async () => ({
  orders: await app.prisma.order.count(),
  keys: await app.prisma.idempotencyKey.count(),
  jobs: await app.prisma.outbox.count(),
  tickets: await app.prisma.ticketCategory.aggregate({ _sum: { remaining: true } }),
  variants: await app.prisma.merchandiseVariant.aggregate({ _sum: { remaining: true } }),
})

beforeAll(async () => {
  app = await startApp({ season: true })
  regular = (await categoryOf(app, 'gelora-kampus', 'Reguler')).category
})
afterAll(() => app.close())
beforeEach(async () => {
  effects = await countEffects()
})

/** What createOrder answers, after making sure that it did nothing. */
async function refused(input: object, idempotencyKey = key()) {
  const { status, body } = await order(app, regular, input, idempotencyKey)
  expect(status).toBeLessThan(500)
  expect(await countEffects()).toEqual(effects)
  const answer = body.data?.createOrder
  return answer ? `${answer.__typename} ${(answer.path ?? []).join('.')}` : body.errors[0].extensions.code
}

const lines = (quantity: unknown, ticketCategoryId = regular.id) => ({
  tickets: [{ ticketCategoryId, quantity }],
})

describe('createOrder refuses', () => {
  test.each([
    [0, 'ValidationError input.tickets.0.quantity'],
    [-1, 'ValidationError input.tickets.0.quantity'],
    [1_000_000_000, 'LimitExceededError input.tickets.0.quantity'],
    ['two', 'BAD_USER_INPUT'],
    [1.5, 'BAD_USER_INPUT'],
    [null, 'BAD_USER_INPUT'],
  ])('a quantity of %s', async (quantity, answer) => {
    expect(await refused(lines(quantity))).toBe(answer)
  })

  test('more than maxPerOrder, also in two lines of one category', async () => {
    const limit = regular.maxPerOrder
    expect(await refused(lines(limit + 1))).toBe('LimitExceededError input.tickets.0.quantity')
    const half = { ticketCategoryId: regular.id, quantity: Math.ceil((limit + 1) / 2) }
    expect(await refused({ tickets: [half, half] })).toMatch(/^LimitExceededError/)
  })

  test('an unknown id, a malformed one and another event’s category alike', async () => {
    const other = (await categoryOf(app, 'flash-sale-drill')).category.id
    for (const id of [randomUUID(), 'no-id', '', "'; DROP TABLE event", other]) {
      expect(await refused(lines(1, id)), id).toBe('ValidationError input.tickets.0.ticketCategoryId')
    }
    for (const eventId of [randomUUID(), 'no-id']) {
      expect(await refused({ eventId })).toBe('ValidationError input.eventId')
    }
  })

  test('a category that is not on sale, not yet or not any more', async () => {
    const soon = new Date(app.clock.now().getTime() + 86_400_000)
    const long = new Date(app.clock.now().getTime() - 86_400_000)
    for (const sales of [{ salesStartAt: soon }, { salesStartAt: null, salesEndAt: long }]) {
      await app.prisma.ticketCategory.update({ where: { id: regular.id }, data: sales })
      expect(await refused({})).toBe('SaleClosedError input.tickets.0.quantity')
    }
    await app.prisma.ticketCategory.update({
      where: { id: regular.id },
      data: { salesStartAt: null, salesEndAt: null },
    })
  })

  test('an empty cart, 101 lines, tickets without their event, and a guest without a name', async () => {
    expect(await refused({ tickets: [] })).toBe('ValidationError input')
    const tickets = Array.from({ length: 101 }, () => ({ ticketCategoryId: regular.id, quantity: 1 }))
    expect(await refused({ tickets })).toBe('ValidationError input')
    expect(await refused({ eventId: null })).toBe('ValidationError input.eventId')
    expect(await refused({ buyer: null })).toBe('ValidationError input.buyer')
    for (const name of ['', ' ', 'a\nBcc: b', 'nul\0', '\ud800', 'x'.repeat(101)]) {
      expect(await refused({ buyer: { ...guest(), name } }), name).toBe('ValidationError input.buyer.name')
    }
  })

  test.each([
    ['empty', ''],
    ['of 7 characters', '1234567'],
    ['of 256 characters', 'x'.repeat(256)],
    ['that is not ASCII', 'kunci-ünik'],
    ['with a NUL', 'key\0with-nul'],
  ])('an idempotency key %s', async (_what, idempotencyKey) => {
    expect(await refused({}, idempotencyKey)).toBe('ValidationError idempotencyKey')
  })

  test('the same key with other input, while the first order stands', async () => {
    const [buyer, idempotencyKey] = [guest(), key()]
    const first = await order(app, regular, { buyer }, idempotencyKey)
    expect(first.body.data.createOrder.__typename).toBe('Order')
    effects = await countEffects()
    expect(await refused({ buyer, ...lines(2) }, idempotencyKey)).toBe(
      'IdempotencyConflictError idempotencyKey',
    )
    expect((await order(app, regular, { buyer }, idempotencyKey)).body).toEqual(first.body)
  })
})

describe('keys of 8 and of 255 characters', () => {
  test.each(['12345678', '~'.repeat(255)])('are good: %s', async (idempotencyKey) => {
    const { body } = await order(app, regular, {}, idempotencyKey)
    expect(body.data.createOrder.__typename).toBe('Order')
  })
})

describe('over HTTP', () => {
  const get = (search: Record<string, string>) => fetch(`${app.url}/graphql?${new URLSearchParams(search)}`)

  test('an unknown hash is a 404 that nothing may keep', async () => {
    const unknown = '0'.repeat(64)
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: unknown } })
    for (const answer of [await get({ documentId: `sha256:${unknown}` }), await get({ extensions })]) {
      expect(answer.status).toBe(404)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect((await answer.json()).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND')
    }
  })

  test('malformed variables are a 400, a mutation by GET is a 405', async () => {
    for (const variables of ['{', '[]', '"x"', '1']) {
      expect((await get({ query: '{ __typename }', variables })).status, variables).toBe(400)
    }
    const mutation = await app.call('CreateOrder', {}, { method: 'GET' })
    expect(mutation.status).toBe(405)
    expect(mutation.headers.get('allow')).toBe('POST')
    expect(await countEffects()).toEqual(effects)
  })

  test('what is no JSON, too large or of another type is a 4xx', async () => {
    const post = (body: string, type = 'application/json') =>
      fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'Content-Type': type }, body })
    expect((await post('{')).status).toBe(400)
    expect((await post('')).status).toBe(400)
    expect((await post('[{"query":"{ __typename }"}]')).status).toBe(400)
    expect((await post('{"query":"{ __typename }"}', 'text/plain')).status).toBe(415)
    expect((await post(JSON.stringify({ query: `{ __typename } #${'x'.repeat(300_000)}` }))).status).toBe(413)
  })

  test('a forged or expired session is a 401, and nothing is answered', async () => {
    const token = await app.login('buyer@karcis.test')
    const answers = [
      await app.call('Me', {}, { token: `${token.slice(0, -3)}abc` }),
      await app.call('Me', {}, { token: 'nonsense' }),
    ]
    app.clock.advance(3_600)
    answers.push(await app.call('Me', {}, { token }))
    for (const { status, body } of answers) {
      expect(status).toBe(401)
      expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED')
    }
  })

  test('a forged ticket admits nobody', async () => {
    const { tickets, event } = await paid(app)
    const gate = await app.login('gate@karcis.test')
    const genuine = tickets[0]?.token ?? ''
    for (const ticketToken of ['', 'k1', `${genuine.slice(0, -4)}AAAA`, genuine.replace('k1.', 'k1.A')]) {
      const input = { ticketToken, gateId: event.gates[0]?.id }
      const { body } = await app.call('CheckIn', { input, idempotencyKey: key() }, { token: gate })
      expect(body.data.checkIn.code).toBe('TICKET_INVALID')
    }
    expect(await app.prisma.checkIn.count({ where: { ticketId: tickets[0]?.id } })).toBe(0)
  })
})
