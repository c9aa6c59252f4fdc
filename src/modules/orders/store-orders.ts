// The order writer's one write.
import { arrayLiteral } from '../../platform/array-literal.ts'
import { type Claim, deleteKeys } from '../../platform/idempotency.ts'
import { insertInto } from '../../platform/insert-rows.ts'
import { Prisma } from '../../platform/prisma.ts'
import type { OrderView } from './queries.ts'

type Line = OrderView['lines'][number]

const insertOrders = insertInto<OrderView>('"order"', { name: 'id', type: 'uuid', of: ({ id }) => id }, [
  { name: 'number', type: 'text', of: ({ number }) => number },
  { name: 'organizer_id', type: 'uuid', usuallyAlike: true, of: ({ organizerId }) => organizerId },
  { name: 'event_id', type: 'uuid', usuallyAlike: true, of: ({ eventId }) => eventId },
  { name: 'account_id', type: 'uuid', of: ({ accountId }) => accountId },
  { name: 'buyer_name', type: 'text', of: ({ buyerName }) => buyerName },
  { name: 'buyer_email', type: 'text', of: ({ buyerEmail }) => buyerEmail },
  { name: 'buyer_phone', type: 'text', of: ({ buyerPhone }) => buyerPhone },
  { name: 'buyer_email_key', type: 'text', of: ({ buyerEmailKey }) => buyerEmailKey },
  { name: 'buyer_phone_key', type: 'text', of: ({ buyerPhoneKey }) => buyerPhoneKey },
  { name: 'buyer_device', type: 'text', of: ({ buyerDevice }) => buyerDevice },
  { name: 'buyer_network', type: 'text', usuallyAlike: true, of: ({ buyerNetwork }) => buyerNetwork },
  { name: 'status', type: '"OrderStatus"', usuallyAlike: true, of: ({ status }) => status },
  { name: 'currency_code', type: 'text', usuallyAlike: true, of: ({ currencyCode }) => currencyCode },
  { name: 'subtotal_minor', type: 'bigint', of: ({ subtotalMinor }) => subtotalMinor },
  { name: 'discount_minor', type: 'bigint', usuallyAlike: true, of: ({ discountMinor }) => discountMinor },
  { name: 'total_minor', type: 'bigint', of: ({ totalMinor }) => totalMinor },
  { name: 'promo_code_id', type: 'uuid', usuallyAlike: true, of: ({ promoCodeId }) => promoCodeId },
  { name: 'promo_code', type: 'text', usuallyAlike: true, of: ({ promoCode }) => promoCode },
  { name: 'created_at', type: 'timestamptz', usuallyAlike: true, of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'timestamptz', usuallyAlike: true, of: ({ expiresAt }) => expiresAt },
  { name: 'due_at', type: 'timestamptz', usuallyAlike: true, of: ({ dueAt }) => dueAt },
  { name: 'paid_at', type: 'timestamptz', usuallyAlike: true, of: ({ paidAt }) => paidAt },
  { name: 'admission_id', type: 'uuid', of: ({ admissionId }) => admissionId },
  { name: 'locale', type: '"Locale"', of: ({ locale }) => locale },
  { name: 'whatsapp', type: 'boolean', of: ({ whatsapp }) => whatsapp },
])

const insertLines = insertInto<Line>('order_line', { name: 'id', type: 'uuid', of: ({ id }) => id }, [
  { name: 'order_id', type: 'uuid', of: ({ orderId }) => orderId },
  { name: 'position', type: 'int', of: ({ position }) => position },
  { name: 'kind', type: '"OrderLineKind"', usuallyAlike: true, of: ({ kind }) => kind },
  { name: 'ticket_category_id', type: 'uuid', of: ({ ticketCategoryId }) => ticketCategoryId },
  { name: 'variant_id', type: 'uuid', usuallyAlike: true, of: ({ variantId }) => variantId },
  { name: 'name', type: 'text', of: ({ name }) => name },
  { name: 'unit_price_minor', type: 'bigint', of: ({ unitPriceMinor }) => unitPriceMinor },
  { name: 'quantity', type: 'int', of: ({ quantity }) => quantity },
  { name: 'total_minor', type: 'bigint', of: ({ totalMinor }) => totalMinor },
  {
    name: 'attendee_names',
    type: 'text[]',
    sentAs: 'text',
    of: ({ attendeeNames }) => arrayLiteral(attendeeNames),
  },
])

/**
 * The statement that takes the stock of new orders, writes them and their lines, and gives up keys that were claimed in vain.
 * Null where there is nothing to write.
 */
export function storeOrders(orders: readonly OrderView[], unused: readonly Claim[]): Prisma.Sql | null {
  if (orders.length === 0) return unused.length === 0 ? null : deleteKeys(unused)
  const lines = orders.flatMap((order) => order.lines)
  const categories = unitsOf(lines, (line) => line.ticketCategoryId)
  const variants = unitsOf(lines, (line) => line.variantId)
  return Prisma.sql`
    WITH ${takeFrom('ticket_category', categories)} ${takeFrom('merchandise_variant', variants)} ${giveUp(unused)} orders AS (
      ${insertOrders(orders)}
    )
    ${insertLines(lines)}`
}

const giveUp = (unused: readonly Claim[]): Prisma.Sql =>
  unused.length === 0 ? Prisma.empty : Prisma.sql`unused AS (${deleteKeys(unused)}),`

/** A part of the statement. None where nothing is taken: to change no rows costs PostgreSQL as much as to change one. */
const takeFrom = (table: 'ticket_category' | 'merchandise_variant', taken: ReadonlyMap<string, number>) =>
  taken.size === 0
    ? Prisma.empty
    : Prisma.sql`${Prisma.raw(`from_${table}`)} AS (
      UPDATE ${Prisma.raw(table)} stock SET remaining = stock.remaining - taken.units
      FROM unnest(${arrayLiteral([...taken.keys()])}::uuid[], ${arrayLiteral([...taken.values()])}::int[])
        AS taken (id, units)
      WHERE stock.id = taken.id
    ),`

/** How many units of each item: an UPDATE that meets a row twice changes it once. */
function unitsOf(lines: readonly Line[], itemOf: (line: Line) => string | null): Map<string, number> {
  const units = new Map<string, number>()
  for (const line of lines) {
    const id = itemOf(line)
    if (id) units.set(id, (units.get(id) ?? 0) + line.quantity)
  }
  return units
}
