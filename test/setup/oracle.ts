// The invariants of the domain as SQL. Each query selects what breaks its invariant; none may find a row.
import assert from 'node:assert/strict'
import type { PrismaClient } from '../../src/platform/prisma.ts'

const LIVE_UNITS = (item: string) =>
  `COALESCE((SELECT sum(l.quantity - l.restocked_quantity) FROM order_line l WHERE l.${item} = s.id), 0)`

const LIVE = `('PENDING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED')`

/** A guest's free order counts for its e-mail and phone only together with its network, as long as that is known. */
function from(column: string): string {
  return `CASE WHEN o.buyer_network = 'erased' THEN NULL ELSE ${column} || coalesce(' ' || o.buyer_network, '') END`
}

/** Each order once for each thing by which its buyer is known. */
const BY_IDENTITY = `"order" o CROSS JOIN LATERAL (VALUES ('account', o.account_id::text), ('email', ${from('o.buyer_email_key')}),
  ('phone', ${from('o.buyer_phone_key')}), ('device', o.buyer_device)) who (kind, value)`

/** Each entry of the ledger twice: as it was added to one account and taken from another. */
const LEGS = `(SELECT e.*, side.account, side.amount FROM ledger_entry e
  CROSS JOIN LATERAL (VALUES (e.debit, e.amount_minor), (e.credit, -e.amount_minor)) side (account, amount)) leg`

const balance = (account: string) => `sum(amount) FILTER (WHERE account = '${account}')`
const BALANCES = `ROW(
  COALESCE(${balance('CASH_AT_PROVIDER')}, 0) + COALESCE(${balance('PROVIDER_FEES')}, 0),
  NULLIF(${balance('CASH_BY_HAND')}, 0), NULLIF(${balance('REFUNDS_PAYABLE')}, 0), ${balance('SALES')},
  NULLIF(${balance('REFUNDS')}, 0))`

const INVARIANTS: Readonly<Record<string, string>> = {
  'I1 stock of a ticket category is what is not in live orders': `
    SELECT s.id FROM ticket_category s
    WHERE s.remaining < 0 OR s.remaining > s.quota OR s.quota - s.remaining <> ${LIVE_UNITS('ticket_category_id')}`,
  'I1 stock of a variant is what is not in live orders': `
    SELECT s.id FROM merchandise_variant s
    WHERE s.remaining < 0 OR s.remaining > s.stock OR s.stock - s.remaining <> ${LIVE_UNITS('variant_id')}`,
  'I2 money that was captured has one paid order or a recorded refund': `
    SELECT p.id FROM payment p JOIN "order" o ON o.id = p.order_id
    WHERE p.status IN ('SETTLED', 'PARTIALLY_REFUNDED')
      AND o.status NOT IN ('PAID', 'PARTIALLY_REFUNDED')
      AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.status <> 'CANCELLED')`,
  'I2 a paid order has exactly one payment that is not refunded': `
    SELECT o.id FROM "order" o
    WHERE o.status IN ('PAID', 'PARTIALLY_REFUNDED') AND o.total_minor > 0 AND 1 <> (
      SELECT count(*) FROM payment p WHERE p.order_id = o.id AND p.status IN ('SETTLED', 'PARTIALLY_REFUNDED')
        AND p.amount_minor > COALESCE((SELECT sum(r.amount_minor) FROM refund r
          WHERE r.payment_id = p.id AND r.status <> 'CANCELLED'), 0))`,
  'I2 the ledger has each payment and refund once, as it stands': `
    SELECT p.id FROM payment p JOIN "order" o ON o.id = p.order_id
    WHERE (SELECT ${BALANCES} FROM ${LEGS} WHERE leg.payment_id = p.id) IS DISTINCT FROM (SELECT ROW(
      -- What arrived less what went out again, before fees.
      CASE WHEN p.settled_at IS NULL THEN 0 ELSE p.amount_minor END - returned.amount
        - COALESCE(sum(r.amount_minor) FILTER (WHERE r.status = 'SUCCEEDED' AND r.reference IS NULL), 0),
      -sum(r.amount_minor) FILTER (WHERE r.status = 'SUCCEEDED' AND r.reference IS NOT NULL),
      -- What buyers are owed.
      -sum(r.amount_minor) FILTER (WHERE r.status IN ('PENDING', 'MANUAL', 'FAILED')),
      -- What orders were paid with, and what of it is left.
      CASE WHEN placed.yes THEN -p.amount_minor::numeric END,
      CASE WHEN placed.yes THEN sum(r.amount_minor) FILTER (WHERE r.status <> 'CANCELLED') END)
    FROM (SELECT p.settled_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM refund u WHERE u.payment_id = p.id AND u.cause = 'UNPLACED') AS yes) placed
      -- Money that paid for nothing and that the bank took back itself.
      CROSS JOIN LATERAL (SELECT CASE WHEN p.status = 'FAILED' AND p.settled_at IS NOT NULL AND NOT placed.yes
        THEN p.amount_minor ELSE 0 END AS amount) returned
      LEFT JOIN refund r ON r.payment_id = p.id
    GROUP BY placed.yes, returned.amount)`,
  'I2 all accounts together sum to zero, in each currency': `
    SELECT currency_code AS id FROM ${LEGS} GROUP BY currency_code HAVING sum(amount) <> 0`,
  'I2 a fee stands beside a capture and is no more than it': `
    SELECT f.cause AS id FROM ledger_entry f LEFT JOIN ledger_entry c ON c.cause = replace(f.cause, 'fee:', 'capture:')
    WHERE f.debit = 'PROVIDER_FEES' AND (c.amount_minor < f.amount_minor) IS NOT FALSE`,
  'I3 a paid ticket unit has exactly one ticket': `
    SELECT l.id FROM order_line l JOIN "order" o ON o.id = l.order_id
    WHERE l.kind = 'TICKET' AND o.status IN ('PAID', 'PARTIALLY_REFUNDED')
      AND l.quantity - l.restocked_quantity
        <> (SELECT count(*) FROM ticket t WHERE t.order_line_id = l.id AND t.status <> 'REVOKED')`,
  'I3 what is not paid has no good ticket': `
    SELECT t.id FROM ticket t JOIN "order" o ON o.id = t.order_id
    WHERE t.status <> 'REVOKED' AND o.status NOT IN ('PAID', 'PARTIALLY_REFUNDED')`,
  'I3 a cancelled event has no live order and no good ticket once its jobs are done': `
    SELECT o.id FROM event e JOIN "order" o ON o.event_id = e.id
    WHERE e.cancelled_at IS NOT NULL
      AND (o.status IN ${LIVE} OR EXISTS (SELECT 1 FROM ticket t WHERE t.order_id = o.id AND t.status <> 'REVOKED'))
      AND NOT EXISTS (SELECT 1 FROM outbox j
        WHERE j.kind = 'call-off-orders' AND j.payload->>'eventId' = e.id::text AND j.closed_at IS NULL)`,
  'I4 a ticket has at most one open admission': `
    SELECT ticket_id AS id FROM check_in WHERE direction = 'ENTRY' AND closed_at IS NULL AND NOT conflict
    GROUP BY ticket_id HAVING count(*) > 1`,
  'I4 a used ticket was admitted, an admitted one is used': `
    SELECT t.id FROM ticket t WHERE t.status <> 'REVOKED' AND (t.status = 'USED') <> EXISTS (
      SELECT 1 FROM check_in c
      WHERE c.ticket_id = t.id AND c.direction = 'ENTRY' AND c.closed_at IS NULL AND NOT c.conflict)`,
  'I6 an order has its event and its organizer, and a line its order and its category': `
    SELECT o.id FROM "order" o LEFT JOIN organizer z ON z.id = o.organizer_id LEFT JOIN event e ON e.id = o.event_id
    WHERE z.id IS NULL OR (o.event_id IS NOT NULL AND (e.id IS NULL OR e.organizer_id <> o.organizer_id))
    UNION ALL
    SELECT l.id FROM order_line l LEFT JOIN "order" o ON o.id = l.order_id
      LEFT JOIN ticket_category c ON c.id = l.ticket_category_id
    WHERE o.id IS NULL OR (l.ticket_category_id IS NOT NULL AND c.event_id IS DISTINCT FROM o.event_id)`,
  'I5 totals add up': `
    SELECT o.id FROM "order" o
    WHERE o.subtotal_minor <> (SELECT COALESCE(sum(l.total_minor), 0) FROM order_line l WHERE l.order_id = o.id)
       OR o.total_minor <> o.subtotal_minor - o.discount_minor`,
  'I5 refunds are at most what was captured': `
    SELECT p.id FROM payment p
    WHERE p.amount_minor < (SELECT COALESCE(sum(r.amount_minor), 0) FROM refund r
      WHERE r.payment_id = p.id AND r.status <> 'CANCELLED')`,
  'I5 an order says what of its payment was given up': `
    SELECT o.id FROM "order" o
    WHERE o.refunded_minor <> COALESCE((SELECT sum(r.amount_minor) FROM refund r
        WHERE r.order_id = o.id AND r.status <> 'CANCELLED' AND r.cause <> 'UNPLACED'), 0)
       OR (o.total_minor > 0 AND (o.status = 'REFUNDED') <> (o.refunded_minor = o.total_minor))
       OR (o.status = 'PARTIALLY_REFUNDED') <> (o.refunded_minor > 0 AND o.refunded_minor < o.total_minor)`,
  'I5 a payment says what of it has gone back': `
    SELECT p.id FROM payment p, LATERAL (SELECT COALESCE(sum(r.amount_minor), 0) AS gone FROM refund r
      WHERE r.payment_id = p.id AND r.status = 'SUCCEEDED' AND r.cause <> 'REVERSAL') went
    WHERE (p.status = 'REFUNDED') <> (went.gone = p.amount_minor)
       OR (p.status = 'PARTIALLY_REFUNDED') <> (went.gone > 0 AND went.gone < p.amount_minor)`,
  'I7 no order goes backwards': `
    SELECT id FROM test_transition WHERE kind = 'order' AND (before, after) NOT IN (
      ('PENDING_PAYMENT', 'PAID'), ('PENDING_PAYMENT', 'EXPIRED'), ('PENDING_PAYMENT', 'CANCELLED'),
      ('EXPIRED', 'PAID'), ('PAID', 'PARTIALLY_REFUNDED'), ('PAID', 'REFUNDED'), ('PARTIALLY_REFUNDED', 'REFUNDED'))`,
  'I7 no payment goes backwards': `
    SELECT id FROM test_transition WHERE kind = 'payment' AND (before, after) NOT IN (
      ('PENDING', 'EXPIRED'), ('PENDING', 'SETTLED'), ('PENDING', 'FAILED'), ('EXPIRED', 'SETTLED'),
      ('EXPIRED', 'FAILED'), ('SETTLED', 'FAILED'), ('FAILED', 'SETTLED'), ('SETTLED', 'REFUNDED'), ('SETTLED', 'PARTIALLY_REFUNDED'),
      ('PARTIALLY_REFUNDED', 'REFUNDED'))`,
  'I7 no goods go backwards': `
    SELECT id FROM test_transition WHERE kind = 'fulfilment' AND (before, after) NOT IN (
      ('UNFULFILLED', 'PACKED'), ('UNFULFILLED', 'HANDED_OVER'), ('UNFULFILLED', 'SHIPPED'),
      ('PACKED', 'HANDED_OVER'), ('PACKED', 'SHIPPED'))`,
  'I8 merchandise that is paid is on the list of what is to be packed, and nothing else is': `
    SELECT l.id FROM order_line l JOIN "order" o ON o.id = l.order_id LEFT JOIN fulfilment f ON f.order_line_id = l.id
    WHERE (l.kind = 'MERCHANDISE' AND o.paid_at IS NOT NULL) <> (f.order_line_id IS NOT NULL)
       OR f.order_id <> o.id OR f.organizer_id <> o.organizer_id OR f.event_id IS DISTINCT FROM o.event_id
         AND f.order_line_id IS NOT NULL`,
  'I8 an unpaid order is among those that the sweep will look at': `
    SELECT id FROM "order" WHERE status = 'PENDING_PAYMENT' AND due_at IS DISTINCT FROM expires_at`,
  'I8 a paid order has one job that mails its tickets': `
    SELECT o.id FROM "order" o
    WHERE EXISTS (SELECT 1 FROM test_transition t WHERE t.id = o.id AND t.after = 'PAID') AND 1 <> (
      SELECT count(*) FROM outbox j WHERE j.kind IN ('send-tickets', 'send-free-tickets') AND j.payload->>'orderId' = o.id::text)`,
  'I8 a paid order that cost something is owed an invoice or has it': `
    SELECT o.id FROM "order" o WHERE o.total_minor > 0
      AND EXISTS (SELECT 1 FROM test_transition t WHERE t.id = o.id AND t.after = 'PAID')
      AND NOT EXISTS (SELECT 1 FROM invoice i WHERE i.order_id = o.id)`,
  'I8 the invoices of an organizer are numbered from 1 on, without a gap': `
    SELECT organizer_id AS id FROM invoice LEFT JOIN invoice_series s USING (organizer_id)
    GROUP BY organizer_id, s.last_number
    HAVING count(number) <> COALESCE(max(number), 0) OR count(number) <> COALESCE(s.last_number, 0)`,
  'I8 a refund that is due has its job': `
    SELECT r.id FROM refund r WHERE r.status = 'PENDING' AND NOT EXISTS (
      SELECT 1 FROM outbox j WHERE j.kind = 'refund-payment' AND j.payload->>'refundId' = r.id::text
        AND j.closed_at IS NULL)`,
  'I9 no order has more of an item than one may have': `
    SELECT l.id FROM order_line l LEFT JOIN ticket_category c ON c.id = l.ticket_category_id
      LEFT JOIN merchandise_variant v ON v.id = l.variant_id
    WHERE l.quantity > COALESCE(c.max_per_order, v.max_per_order)`,
  'I9 an order names an item once': `
    SELECT order_id AS id FROM order_line
    GROUP BY order_id, COALESCE(ticket_category_id, variant_id) HAVING count(*) > 1`,
  'I9 no buyer has more than one may have of an event, a category or a variant': `
    SELECT thing.id FROM (
      SELECT e.id, e.max_per_buyer, l.id AS line_id FROM event e JOIN ticket_category c ON c.event_id = e.id
        JOIN order_line l ON l.ticket_category_id = c.id WHERE e.max_per_buyer IS NOT NULL
      UNION ALL SELECT c.id, c.max_per_buyer, l.id FROM ticket_category c
        JOIN order_line l ON l.ticket_category_id = c.id WHERE c.max_per_buyer IS NOT NULL
      UNION ALL SELECT v.id, v.max_per_buyer, l.id FROM merchandise_variant v
        JOIN order_line l ON l.variant_id = v.id WHERE v.max_per_buyer IS NOT NULL
    ) thing JOIN order_line l ON l.id = thing.line_id, ${BY_IDENTITY}
    WHERE o.id = l.order_id AND o.status IN ${LIVE} AND who.value IS NOT NULL
    GROUP BY thing.id, thing.max_per_buyer, who.kind, who.value
    HAVING sum(l.quantity - l.restocked_quantity) > thing.max_per_buyer`,
  'I9 a promo code has as many uses as live orders use it, and no more than it may': `
    SELECT p.id FROM promo_code p
    WHERE p.used > p.max_uses OR p.used <> (
      SELECT count(*) FROM promo_redemption r WHERE r.promo_code_id = p.id AND r.released_at IS NULL)`,
  'I9 a live order holds the use of its code, and no other order does': `
    SELECT o.id FROM "order" o LEFT JOIN promo_redemption r ON r.order_id = o.id AND r.released_at IS NULL
    WHERE (o.promo_code_id IS NOT NULL AND o.status IN ${LIVE}) <> (r.order_id IS NOT NULL)
       OR r.promo_code_id <> o.promo_code_id`,
  'I9 no buyer uses a promo code more often than one may': `
    SELECT p.id FROM promo_code p JOIN promo_redemption r ON r.promo_code_id = p.id AND r.released_at IS NULL,
      ${BY_IDENTITY}
    WHERE o.id = r.order_id AND who.value IS NOT NULL
    GROUP BY p.id, p.max_per_buyer, who.kind, who.value HAVING count(*) > p.max_per_buyer`,
  'I9 a discount has its code': `
    SELECT id FROM "order" WHERE (discount_minor > 0) <> (promo_code_id IS NOT NULL)
       OR (promo_code_id IS NULL) <> (promo_code IS NULL)`,
  'I10 an expired or cancelled order has given everything back': `
    SELECT o.id FROM "order" o JOIN order_line l ON l.order_id = o.id
    WHERE o.status IN ('EXPIRED', 'CANCELLED') AND l.restocked_quantity <> l.quantity`,
  'I10 an order that holds stock has given nothing back': `
    SELECT o.id FROM "order" o JOIN order_line l ON l.order_id = o.id
    WHERE o.status IN ('PENDING_PAYMENT', 'PAID') AND l.restocked_quantity <> 0`,
}

/** What breaks an invariant, in words. The database has what RECORD_TRANSITIONS makes. */
export async function brokenInvariants(query: (sql: string) => Promise<{ id: string }[]>): Promise<string[]> {
  const broken: string[] = []
  for (const [name, sql] of Object.entries(INVARIANTS)) {
    const rows = await query(sql)
    if (rows.length > 0)
      broken.push(
        `${name}: ${rows
          .slice(0, 3)
          .map((row) => row.id)
          .join(', ')} (${rows.length})`,
      )
  }
  return broken
}

/** Checks I1–I10. `acknowledged` are the orders that a client was told of: each must be there (I6). */
export async function expectInvariants(
  prisma: PrismaClient,
  acknowledged: readonly string[] = [],
): Promise<void> {
  const broken = await brokenInvariants((sql) => prisma.$queryRawUnsafe<{ id: string }[]>(sql))
  const kept = await prisma.order.count({ where: { id: { in: [...acknowledged] } } })
  if (kept !== new Set(acknowledged).size) {
    broken.push(`I6 an acknowledged order is there: ${kept} of ${new Set(acknowledged).size}`)
  }
  assert.deepEqual(broken, [])
}
