import type {
  OrderLineKind,
  OrderStatus,
  PaymentMethod,
  PaymentStatus,
} from '../../generated/prisma/enums.ts'
import type { Prisma, PrismaClient } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'

/** What has to be known of a payment before a transaction is opened for it. It may have changed when that begins. */
export interface KnownPayment {
  readonly id: string
  readonly orderId: string
  readonly status: PaymentStatus
  readonly method: PaymentMethod
  /** The provider's; of Snap its page's. */
  readonly transactionId: string | null
  readonly amountMinor: bigint
  readonly currencyCode: string
  readonly order: {
    readonly eventId: string | null
    readonly organizerId: string
    readonly status: OrderStatus
    readonly buyerEmail: string
    readonly lines: readonly {
      readonly id: string
      readonly kind: OrderLineKind
      readonly ticketCategoryId: string | null
      readonly variantId: string | null
    }[]
  }
}

/** The same for Prisma, with whatever else of the payment is wanted. */
export const withScope = {
  order: { select: { eventId: true, organizerId: true, status: true, buyerEmail: true, lines: true } },
} satisfies Prisma.PaymentInclude

/** The same, and how many notifications with one status_code are kept of it. */
export interface NotifiedPayment extends KnownPayment {
  readonly stored: number
}

/** In one statement: notifications come by the thousand, and Prisma sends three and looks at each cell. */
export async function knownPayment(
  client: Sql,
  id: string,
  gateway: string,
  statusCode: string,
): Promise<NotifiedPayment | null> {
  const [row] = await client.$queryRaw<(Omit<NotifiedPayment, 'order'> & { order: string })[]>`
    SELECT p.id, p.order_id AS "orderId", p.status::text AS status, p.method::text AS method,
           p.transaction_id AS "transactionId", p.amount_minor AS "amountMinor", p.currency_code AS "currencyCode",
           (SELECT count(*)::int FROM payment_notification n
            WHERE n.payment_id = p.id AND n.status_code = ${statusCode}) AS stored,
           json_build_object(
             'eventId', o.event_id, 'organizerId', o.organizer_id, 'status', o.status,
             'buyerEmail', o.buyer_email,
             'lines', (SELECT coalesce(json_agg(json_build_object(
               'id', l.id, 'kind', l.kind, 'ticketCategoryId', l.ticket_category_id, 'variantId', l.variant_id
             ) ORDER BY l.position), '[]') FROM order_line l WHERE l.order_id = o.id)
           )::text AS "order"
    FROM payment p JOIN "order" o ON o.id = p.order_id
    WHERE p.id = ${id}::uuid AND p.gateway = ${gateway}`
  return row ? { ...row, order: JSON.parse(row.order) } : null
}

/** Some notifications carry the provider's transaction id in the place of ours. */
export async function paymentIdByTransaction(
  prisma: PrismaClient,
  transactionId: string,
  gateway: string,
): Promise<string | null> {
  const found = await prisma.payment.findFirst({ where: { transactionId, gateway }, select: { id: true } })
  return found?.id ?? null
}
