// The order writer's one write. All rows of a column travel as one array, so the statement has the same text for any
// batch: PostgreSQL and Prisma keep what they made of it, and reading arrays costs both half of what reading JSON does.
import { arrayLiteral } from '../../platform/array-literal.ts'
import type { Deps } from '../../platform/deps.ts'
import { type Claim, insertKeys } from '../../platform/idempotency.ts'
import { Prisma } from '../../platform/prisma.ts'
import { keptAnswer } from './order-answers.ts'
import type { OrderView } from './queries.ts'

type Line = OrderView['lines'][number]

/** An order with the key whose answer it is. */
export interface NewOrder {
  readonly claim: Claim
  readonly order: OrderView
}

/**
 * The statement that takes the stock of new orders and writes them and their lines; and their keys, but for those that are
 * PAID: their answer is complete when they have tickets. Null where there are no orders.
 */
export function storeOrders(deps: Deps, placed: readonly NewOrder[]): Prisma.Sql | null {
  const [first] = placed
  if (!first) return null
  const orders = placed.map(({ order }) => order)
  const lines = orders.flatMap((order) => order.lines)
  const categories = unitsOf(lines, (line) => line.ticketCategoryId)
  const variants = unitsOf(lines, (line) => line.variantId)
  const keys = placed.flatMap(({ claim, order }) =>
    order.status === 'PAID' ? [] : { claim, answer: keptAnswer(order) },
  )
  // Of a batch, all are placed at one moment.
  const { createdAt, expiresAt } = first.order
  const each = (value: (order: OrderView) => string | bigint | null) => arrayLiteral(orders.map(value))
  const eachLine = (value: (line: Line) => string | number | bigint | null) => arrayLiteral(lines.map(value))
  return Prisma.sql`
    WITH from_categories AS (
      UPDATE ticket_category c SET remaining = c.remaining - taken.units
      FROM unnest(${arrayLiteral([...categories.keys()])}::uuid[], ${arrayLiteral([...categories.values()])}::int[])
        AS taken (id, units)
      WHERE c.id = taken.id
    ), from_variants AS (
      UPDATE merchandise_variant v SET remaining = v.remaining - taken.units
      FROM unnest(${arrayLiteral([...variants.keys()])}::uuid[], ${arrayLiteral([...variants.values()])}::int[])
        AS taken (id, units)
      WHERE v.id = taken.id
    ), keys AS (
      ${insertKeys(deps, keys)}
    ), orders AS (
      INSERT INTO "order" (
        id, number, organizer_id, event_id, account_id, buyer_name, buyer_email, buyer_phone, buyer_email_key,
        buyer_phone_key, buyer_device, status, currency_code, subtotal_minor, discount_minor, total_minor, promo_code_id,
        promo_code, created_at, expires_at, due_at, paid_at, admission_id, locale, whatsapp)
      SELECT
        id, number, organizer_id, event_id, account_id, buyer_name, buyer_email, buyer_phone, buyer_email_key,
        buyer_phone_key, buyer_device, status, currency_code, subtotal, discount, subtotal - discount, promo_code_id,
        promo_code, ${createdAt}::timestamptz, ${expiresAt}::timestamptz,
        CASE WHEN status <> 'PAID' THEN ${expiresAt}::timestamptz END,
        CASE WHEN status = 'PAID' THEN ${createdAt}::timestamptz END, admission_id, locale, whatsapp
      FROM unnest(
        ${each(({ id }) => id)}::uuid[], ${each(({ number }) => number)}::text[],
        ${each(({ organizerId }) => organizerId)}::uuid[], ${each(({ eventId }) => eventId)}::uuid[],
        ${each(({ accountId }) => accountId)}::uuid[], ${each(({ buyerName }) => buyerName)}::text[],
        ${each(({ buyerEmail }) => buyerEmail)}::text[], ${each(({ buyerPhone }) => buyerPhone)}::text[],
        ${each(({ buyerEmailKey }) => buyerEmailKey)}::text[], ${each(({ buyerPhoneKey }) => buyerPhoneKey)}::text[],
        ${each(({ buyerDevice }) => buyerDevice)}::text[], ${each(({ status }) => status)}::"OrderStatus"[],
        ${each(({ currencyCode }) => currencyCode)}::text[], ${each(({ subtotalMinor }) => subtotalMinor)}::bigint[],
        ${each(({ discountMinor }) => discountMinor)}::bigint[], ${each(({ promoCodeId }) => promoCodeId)}::uuid[],
        ${each(({ promoCode }) => promoCode)}::text[], ${each(({ admissionId }) => admissionId)}::uuid[],
        ${each(({ locale }) => locale)}::"Locale"[], ${each(({ whatsapp }) => String(whatsapp))}::boolean[]
      ) AS row (
        id, number, organizer_id, event_id, account_id, buyer_name, buyer_email, buyer_phone, buyer_email_key,
        buyer_phone_key, buyer_device, status, currency_code, subtotal, discount, promo_code_id, promo_code, admission_id,
        locale, whatsapp)
    )
    INSERT INTO order_line (
      id, order_id, position, kind, ticket_category_id, variant_id, name, unit_price_minor, quantity, total_minor,
      attendee_names)
    SELECT
      id, order_id, position, kind, ticket_category_id, variant_id, name, unit_price, quantity, unit_price * quantity,
      attendee_names::text[]
    FROM unnest(
      ${eachLine(({ id }) => id)}::uuid[], ${eachLine(({ orderId }) => orderId)}::uuid[],
      ${eachLine(({ position }) => position)}::int[], ${eachLine(({ kind }) => kind)}::"OrderLineKind"[],
      ${eachLine(({ ticketCategoryId }) => ticketCategoryId)}::uuid[], ${eachLine(({ variantId }) => variantId)}::uuid[],
      ${eachLine(({ name }) => name)}::text[], ${eachLine(({ unitPriceMinor }) => unitPriceMinor)}::bigint[],
      ${eachLine(({ quantity }) => quantity)}::int[],
      ${eachLine(({ attendeeNames }) => arrayLiteral(attendeeNames))}::text[]
    ) AS row (
      id, order_id, position, kind, ticket_category_id, variant_id, name, unit_price, quantity, attendee_names)`
}

/** How many units of each item: an UPDATE that meets a row twice changes it once. */
function unitsOf(lines: readonly Line[], itemOf: (line: Line) => string | null): Map<string, number> {
  const units = new Map<string, number>()
  for (const line of lines) {
    const id = itemOf(line)
    if (id) units.set(id, (units.get(id) ?? 0) + line.quantity)
  }
  return units
}
