// The order writer's inserts. All rows travel as one JSON parameter, so a statement has the same text for any batch:
// Prisma compiles createMany again for each number of rows, which was a fifth of the CPU of an order.
import type { Tx } from '../../platform/prisma.ts'
import type { OrderView } from './queries.ts'

const rows = (values: readonly object[]): string =>
  JSON.stringify(values, (_key, value) => (typeof value === 'bigint' ? value.toString() : value))

/** New orders, in one statement. What a new order cannot have yet keeps its default. */
export async function insertOrders(tx: Tx, orders: readonly OrderView[]): Promise<void> {
  const values = orders.map(({ lines: _, payments: __, tickets: ___, accessToken: ____, ...row }) => row)
  await tx.$executeRaw`
    INSERT INTO "order" (
      id, number, organizer_id, event_id, account_id, buyer_name, buyer_email, buyer_phone, status, currency_code,
      subtotal_minor, discount_minor, total_minor, promo_code_id, promo_code, created_at, expires_at, paid_at)
    SELECT
      id, number, "organizerId", "eventId", "accountId", "buyerName", "buyerEmail", "buyerPhone",
      status::"OrderStatus", "currencyCode", "subtotalMinor", "discountMinor", "totalMinor", "promoCodeId",
      "promoCode", "createdAt", "expiresAt", "paidAt"
    FROM jsonb_to_recordset(${rows(values)}::jsonb) AS row (
      id uuid, number text, "organizerId" uuid, "eventId" uuid, "accountId" uuid, "buyerName" text,
      "buyerEmail" text, "buyerPhone" text, status text, "currencyCode" text, "subtotalMinor" bigint,
      "discountMinor" bigint, "totalMinor" bigint, "promoCodeId" uuid, "promoCode" text, "createdAt" timestamptz,
      "expiresAt" timestamptz, "paidAt" timestamptz)`
}

/** Their lines, in one statement. */
export async function insertLines(tx: Tx, lines: readonly OrderView['lines'][number][]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO order_line (
      id, order_id, position, kind, ticket_category_id, variant_id, name, unit_price_minor, quantity, total_minor,
      attendee_names)
    SELECT
      id, "orderId", position, kind::"OrderLineKind", "ticketCategoryId", "variantId", name, "unitPriceMinor",
      quantity, "totalMinor", "attendeeNames"
    FROM jsonb_to_recordset(${rows(lines)}::jsonb) AS row (
      id uuid, "orderId" uuid, position int, kind text, "ticketCategoryId" uuid, "variantId" uuid, name text,
      "unitPriceMinor" bigint, quantity int, "totalMinor" bigint, "attendeeNames" text[])`
}
