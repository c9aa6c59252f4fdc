// Promo codes and limits for tests, straight into the database.
import { randomUUID } from 'node:crypto'
import { newId } from '../../src/platform/ids.ts'
import type { Prisma } from '../../src/platform/prisma.ts'
import type { TestApp } from './app.ts'
import { addCategory, addEvent, addOrganizer } from './catalogue.ts'

/** An event of a new organizer with two categories at Rp 50,000 and Rp 100,000. */
export async function newSale(
  app: TestApp,
  values: Partial<Prisma.EventUncheckedCreateInput> = {},
  category: Partial<Prisma.TicketCategoryUncheckedCreateInput> = {},
) {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id, values)
  const regular = await addCategory(app, event.id, { quota: 500, maxPerOrder: 10, ...category })
  const vip = await addCategory(app, event.id, {
    name: 'VIP',
    priceMinor: 10_000_000n,
    quota: 500,
    maxPerOrder: 10,
    position: 1,
    ...category,
  })
  return { organizer, event, regular, vip }
}

/** Ten percent off everything of an organizer, unless told otherwise. */
export async function addPromo(
  { prisma }: Pick<TestApp, 'prisma'>,
  organizerId: string,
  values: Partial<Prisma.PromoCodeUncheckedCreateInput> = {},
) {
  return prisma.promoCode.create({
    data: {
      id: newId(),
      organizerId,
      code: `HEMAT-${randomUUID().slice(0, 8).toUpperCase()}`,
      kind: 'PERCENTAGE',
      ...(values.kind === 'AMOUNT' ? { currencyCode: 'IDR' } : { percentage: 10 }),
      ...values,
    },
  })
}

export const usedOf = async ({ prisma }: Pick<TestApp, 'prisma'>, id: string): Promise<number> =>
  (await prisma.promoCode.findUniqueOrThrow({ where: { id } })).used

const ORDER = `mutation ($input: CreateOrderInput!, $key: String!) {
  result: createOrder(input: $input, idempotencyKey: $key) {
    __typename
    ... on Error { code message path }
    ... on PromoCodeInvalidError { reason }
    ... on LimitExceededError { limit rule }
    ... on PriceChangedError { total { amount } }
    ... on Order {
      id status promoCode accessToken
      subtotal { amount } discount { amount } total { amount } tickets { id }
    }
  }
}`

/** Places an order and gives all that an answer can say of codes and limits. */
export async function buy(
  app: Pick<TestApp, 'query'>,
  input: object,
  options: { token?: string; key?: string; headers?: Record<string, string> } = {},
) {
  const { key = randomUUID(), ...rest } = options
  const { body } = await app.query(
    ORDER,
    { key, input: { ...(options.token ? {} : { buyer: someone() }), ...input } },
    rest,
  )
  if (!body.data) throw new Error(JSON.stringify(body))
  return body.data.result
}

export const someone = () => ({ name: 'Budi Santoso', email: `${randomUUID()}@karcis.test` })

/** A cart of one category. */
export const cartOf = ({ id, eventId }: { id: string; eventId: string }, quantity = 1) => ({
  eventId,
  tickets: [{ ticketCategoryId: id, quantity }],
})
