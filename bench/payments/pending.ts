// Orders of two tickets each that wait for their payment, and what the provider will say of it.
import { signatureOf } from '../../src/modules/payments/notification.ts'
import type { Item } from '../sales.ts'
import type { Stand } from '../stand.ts'

/** One payment with the words of its settlement. */
export interface Settlement {
  readonly paymentId: string
  readonly body: string
}

const AMOUNT = '300000.00'

/** So many orders of one category, straight into the database: createOrder has a bench of its own. */
export async function addPending(
  { database, environment }: Stand,
  { eventId, categoryId }: Item,
  count: number,
): Promise<Settlement[]> {
  const { rows } = await database.query<{ id: string; transactionId: string }>(
    `WITH sold AS (UPDATE ticket_category SET remaining = remaining - 2 * $3::int WHERE id = $2 RETURNING id, name),
     placed AS (
       INSERT INTO "order" (id, number, organizer_id, event_id, buyer_name, buyer_email, buyer_email_key, status,
                            currency_code, subtotal_minor, total_minor, created_at, expires_at, due_at)
       SELECT uuidv7(), upper(left(gen_random_uuid()::text, 18)), e.organizer_id, e.id, 'Bench', mail, mail,
              'PENDING_PAYMENT', 'IDR', 30000000, 30000000, now(), now() + interval '1 day', now() + interval '1 day'
       FROM event e, (SELECT gen_random_uuid() || '@bench.test' AS mail FROM generate_series(1, $3)) AS buyer
       WHERE e.id = $1 RETURNING id),
     line AS (
       INSERT INTO order_line (id, order_id, position, kind, ticket_category_id, name, unit_price_minor, quantity,
                               total_minor, attendee_names)
       SELECT uuidv7(), placed.id, 0, 'TICKET', sold.id, sold.name, 15000000, 2, 30000000, '{}' FROM placed, sold)
     INSERT INTO payment (id, order_id, method, status, amount_minor, currency_code, gateway, transaction_id, qr_string,
                          created_at, expires_at)
     SELECT uuidv7(), id, 'QRIS', 'PENDING', 30000000, 'IDR', 'midtrans', gen_random_uuid(), 'bench', now(),
            now() + interval '1 day'
     FROM placed RETURNING id, transaction_id AS "transactionId"`,
    [eventId, categoryId, count],
  )
  const serverKey = environment['MIDTRANS_SERVER_KEY'] ?? ''
  return rows.map(({ id, transactionId }) => {
    const signed = { order_id: id, status_code: '200', gross_amount: AMOUNT }
    const body = JSON.stringify({
      ...signed,
      transaction_time: '2026-11-21 12:00:00',
      settlement_time: '2026-11-21 12:00:30',
      transaction_status: 'settlement',
      transaction_id: transactionId,
      status_message: 'midtrans payment notification',
      payment_type: 'qris',
      merchant_id: 'G000000000',
      fraud_status: 'accept',
      currency: 'IDR',
      signature_key: signatureOf(signed, serverKey),
    })
    return { paymentId: id, body }
  })
}

/**
 * Throws unless each of these payments is settled, its order paid, both of its tickets there, what the provider said kept
 * once, and a job on its way.
 */
export async function verifySettled({ database }: Stand, settlements: readonly Settlement[]): Promise<void> {
  const { rows } = await database.query<{ whole: number }>(
    `SELECT count(*)::int AS whole FROM payment p JOIN "order" o ON o.id = p.order_id
     WHERE p.id = ANY ($1::uuid[]) AND p.status = 'SETTLED' AND o.status = 'PAID'
       AND (SELECT count(*) FROM ticket WHERE order_id = o.id) = 2
       AND (SELECT count(*) FROM payment_notification WHERE payment_id = p.id) = 1`,
    [settlements.map(({ paymentId }) => paymentId)],
  )
  const [{ whole } = { whole: 0 }] = rows
  const jobs = await database.query<{ orders: number }>(
    `SELECT count(DISTINCT payload ->> 'orderId')::int AS orders FROM outbox WHERE payload ->> 'orderId' IN (
       SELECT order_id::text FROM payment WHERE id = ANY ($1::uuid[]))`,
    [settlements.map(({ paymentId }) => paymentId)],
  )
  const orders = jobs.rows[0]?.orders ?? 0
  if (whole !== settlements.length || orders !== settlements.length) {
    throw new Error(`Of ${settlements.length} settlements ${whole} are whole and ${orders} have a job.`)
  }
}
