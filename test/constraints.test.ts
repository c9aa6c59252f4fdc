// The last line of defence: whatever the code does, the database refuses it.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer } from './setup/catalogue.ts'
import { paidGoods } from './setup/goods.ts'
import { expectInvariants } from './setup/oracle.ts'
import { categoryOf, order, paid } from './setup/shop.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
  await paidGoods(app, await addOrganizer(app))
})
afterAll(() => app.close())

// `WHERE true` touches every row; one that breaks the rule is enough to be refused.
const REFUSED: Readonly<Record<string, string>> = {
  event_time_check: 'UPDATE event SET ends_at = starts_at',
  event_published_check: 'UPDATE event SET published_at = NULL',
  event_max_per_buyer_check: 'UPDATE event SET max_per_buyer = 0',
  event_max_open_per_network_check: 'UPDATE event SET max_open_per_network = 0',
  event_sales_check: 'UPDATE event SET sales_start_at = now(), sales_end_at = now()',
  event_waiting_room_check: 'UPDATE event SET waiting_room_rate = 0',
  event_waiting_room_capacity_check: 'UPDATE event SET waiting_room_capacity = 0',
  schedule_time_check: 'UPDATE schedule SET gates_open_at = ends_at',
  ticket_category_stock_check: 'UPDATE ticket_category SET remaining = -1',
  ticket_category_price_check: 'UPDATE ticket_category SET price_minor = -1',
  ticket_category_max_per_order_check: 'UPDATE ticket_category SET max_per_order = 101',
  ticket_category_max_per_buyer_check: 'UPDATE ticket_category SET max_per_buyer = 1001',
  ticket_category_sales_check: 'UPDATE ticket_category SET sales_start_at = now(), sales_end_at = now()',
  merchandise_variant_stock_check: 'UPDATE merchandise_variant SET remaining = stock + 1',
  merchandise_variant_price_check:
    'UPDATE merchandise_variant SET price_minor = 100000000000001, compare_at_price_minor = NULL',
  merchandise_variant_compare_at_check: 'UPDATE merchandise_variant SET compare_at_price_minor = price_minor',
  merchandise_variant_max_per_order_check: 'UPDATE merchandise_variant SET max_per_order = 0',
  merchandise_variant_max_per_buyer_check: 'UPDATE merchandise_variant SET max_per_buyer = 0',
  review_rating_check: 'UPDATE review SET rating = 6',
  order_total_check: 'UPDATE "order" SET total_minor = total_minor + 1',
  order_refunded_check: 'UPDATE "order" SET refunded_minor = total_minor + 1',
  order_paid_check: `UPDATE "order" SET paid_at = NULL WHERE status = 'PAID'`,
  order_released_check: `UPDATE "order" SET released_at = now() WHERE status = 'PAID'`,
  order_whatsapp_check: 'UPDATE "order" SET whatsapp = true, buyer_phone = NULL',
  message_sent_check: `INSERT INTO message (id, order_id, cause, cause_id, channel, state, created_at)
    SELECT gen_random_uuid(), id, 'ORDER_PAID', id, 'EMAIL', 'SENT', now() FROM "order" LIMIT 1`,
  message_attempts_check: `INSERT INTO message (id, order_id, cause, cause_id, channel, attempts, created_at)
    SELECT gen_random_uuid(), id, 'ORDER_PAID', id, 'EMAIL', -1, now() FROM "order" LIMIT 1`,
  message_order_id_cause_cause_id_channel_key: `INSERT INTO message (id, order_id, cause, cause_id, channel, created_at)
    SELECT gen_random_uuid(), o.id, 'ORDER_PAID', o.id, 'EMAIL', now()
    FROM (SELECT id FROM "order" LIMIT 1) o, generate_series(1, 2)`,
  order_line_item_check: `UPDATE order_line SET kind = 'MERCHANDISE' WHERE kind = 'TICKET'`,
  order_line_quantity_check: 'UPDATE order_line SET restocked_quantity = quantity + 1',
  order_line_total_check: 'UPDATE order_line SET total_minor = total_minor + 1',
  order_line_refunded_check: 'UPDATE order_line SET refunded_quantity = quantity + 1',
  payment_amount_check: 'UPDATE payment SET amount_minor = 0',
  event_cancelled_check: 'UPDATE event SET cancelled_at = now()',
  fulfilment_shipped_check: `UPDATE fulfilment SET status = 'SHIPPED', delivered_at = now(), delivered_by = 'x'`,
  fulfilment_delivered_check: `UPDATE fulfilment SET status = 'HANDED_OVER'`,
  fulfilment_packed_check: `UPDATE fulfilment SET status = 'PACKED'`,
  fulfilment_pkey: `INSERT INTO fulfilment SELECT f.* FROM fulfilment f LIMIT 1`,
  invitation_expiry_check: `INSERT INTO invitation (id, organizer_id, email, role, token_hash, created_at, expires_at)
    SELECT gen_random_uuid(), id, 'a@b.test', 'OWNER', sha256('1'), now(), now() FROM organizer LIMIT 1`,
  invitation_accepted_check: `INSERT INTO invitation (id, organizer_id, email, role, token_hash, created_at, expires_at, accepted_at)
    SELECT gen_random_uuid(), id, 'a@b.test', 'OWNER', sha256('2'), now(), now() + interval '1 day', now() FROM organizer LIMIT 1`,
  promo_code_used_check: `INSERT INTO promo_code (id, organizer_id, code, kind, percentage, max_uses, used)
    SELECT gen_random_uuid(), id, 'XYZ', 'PERCENTAGE', 10, 1, 2 FROM organizer LIMIT 1`,
  promo_code_caps_check: `INSERT INTO promo_code (id, organizer_id, code, kind, percentage, max_per_buyer)
    SELECT gen_random_uuid(), id, 'XYZ', 'PERCENTAGE', 10, 0 FROM organizer LIMIT 1`,
  promo_code_time_check: `INSERT INTO promo_code (id, organizer_id, code, kind, percentage, starts_at, ends_at)
    SELECT gen_random_uuid(), id, 'XYZ', 'PERCENTAGE', 10, now(), now() FROM organizer LIMIT 1`,
  promo_code_form_check: `INSERT INTO promo_code (id, organizer_id, code, kind, percentage)
    SELECT gen_random_uuid(), id, 'xyz', 'PERCENTAGE', 10 FROM organizer LIMIT 1`,
  promo_code_value_check: `INSERT INTO promo_code (id, organizer_id, code, kind, percentage)
    SELECT gen_random_uuid(), id, 'XYZ', 'PERCENTAGE', 101 FROM organizer LIMIT 1`,
  refund_amount_check: `INSERT INTO refund (id, order_id, payment_id, cause, amount_minor, currency_code, reason, created_at)
    SELECT gen_random_uuid(), order_id, id, 'STAFF', 0, 'IDR', 'none', now() FROM payment LIMIT 1`,
  refund_succeeded_check: `INSERT INTO refund (id, order_id, payment_id, cause, status, amount_minor, currency_code, reason, created_at)
    SELECT gen_random_uuid(), order_id, id, 'STAFF', 'SUCCEEDED', 1, 'IDR', 'none', now() FROM payment LIMIT 1`,
  ledger_entry_amount_check: `INSERT INTO ledger_entry (cause, organizer_id, payment_id, debit, credit, amount_minor, currency_code, created_at)
    SELECT 'x', organizer_id, payment_id, debit, credit, 0, 'IDR', now() FROM ledger_entry LIMIT 1`,
  ledger_entry_accounts_check: `INSERT INTO ledger_entry (cause, organizer_id, payment_id, debit, credit, amount_minor, currency_code, created_at)
    SELECT 'x', organizer_id, payment_id, debit, debit, 1, 'IDR', now() FROM ledger_entry LIMIT 1`,
  ledger_entry_pkey: 'INSERT INTO ledger_entry SELECT * FROM ledger_entry LIMIT 1',
  invoice_number_check: `INSERT INTO invoice (order_id, organizer_id, created_at, number)
    SELECT id, organizer_id, now(), 1 FROM "order" WHERE id NOT IN (SELECT order_id FROM invoice) LIMIT 1`,
  invoice_organizer_id_number_key: `INSERT INTO invoice (order_id, organizer_id, created_at, number, label, issued_at)
    SELECT o.id, o.organizer_id, now(), 1, o.id::text, now() FROM "order" o WHERE o.organizer_id = (
      SELECT organizer_id FROM "order" GROUP BY organizer_id HAVING count(*) > 2 LIMIT 1)`,
  invoice_series_last_number_check:
    'INSERT INTO invoice_series (organizer_id, last_number) SELECT id, -1 FROM organizer LIMIT 1',
  ticket_order_line_id_unit_key: `INSERT INTO ticket (id, order_id, order_line_id, unit, event_id, ticket_category_id, code, token, issued_at)
    SELECT gen_random_uuid(), order_id, order_line_id, unit, event_id, ticket_category_id, 'TWICE', token, now() FROM ticket LIMIT 1`,
  outbox_attempts_check: `INSERT INTO outbox (id, kind, payload, due_at, created_at, attempts)
    SELECT gen_random_uuid(), 'none', '{}', now(), now(), 13`,
  outbox_fairness_bucket_check: `INSERT INTO outbox (id, kind, payload, due_at, created_at, fairness_bucket)
    SELECT gen_random_uuid(), 'none', '{}', now(), now(), 1024`,
  order_admission_key: `UPDATE "order" SET admission_id = (SELECT id FROM "order" LIMIT 1)`,
  order_number_key: 'UPDATE "order" SET number = (SELECT number FROM "order" LIMIT 1)',
}

describe('the database refuses what breaks', () => {
  for (const [constraint, statement] of Object.entries(REFUSED)) {
    test(constraint, async () => {
      const refusal = await app.prisma.$executeRawUnsafe(statement).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      )
      const [column] = /\(([^)]+)\)=|fields: \(([^)]+)\)/.exec(refusal) ?? []
      // A unique key is reported by its columns, a check by its name.
      expect(constraint.endsWith('_check') ? refusal : `${refusal} ${column ?? ''}`).toMatch(
        constraint.endsWith('_check') ? constraint : /unique|duplicate/i,
      )
    })
  }

  test.each([
    ['organizer', `DELETE FROM organizer WHERE id = $1::uuid`],
    ['event', `DELETE FROM event WHERE id = $1::uuid`],
    ['ticket category', `DELETE FROM ticket_category WHERE id = $1::uuid`],
    ['order', `DELETE FROM "order" WHERE id = $1::uuid`],
    ['organizer', `UPDATE organizer SET id = gen_random_uuid() WHERE id = $1::uuid`],
    ['event', `UPDATE event SET id = gen_random_uuid() WHERE id = $1::uuid`],
    ['ticket category', `UPDATE ticket_category SET id = gen_random_uuid() WHERE id = $1::uuid`],
    ['order', `UPDATE "order" SET event_id = NULL WHERE id = $1::uuid`],
    ['order', `UPDATE "order" SET organizer_id = gen_random_uuid() WHERE id = $1::uuid`],
    ['order', `UPDATE order_line SET order_id = gen_random_uuid() WHERE order_id = $1::uuid`],
    [
      'ticket category',
      `UPDATE order_line SET ticket_category_id = NULL WHERE ticket_category_id = $1::uuid`,
    ],
  ])('to lose the %s of what was sold: %s', async (what, statement) => {
    const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
    const placed = (await order(app, category)).body.data.createOrder
    const { organizerId, eventId, lines } = await app.prisma.order.findUniqueOrThrow({
      where: { id: placed.id },
      include: { lines: true },
    })
    const ids: Readonly<Record<string, string | null | undefined>> = {
      organizer: organizerId,
      event: eventId,
      'ticket category': lines[0]?.ticketCategoryId,
      order: placed.id,
    }
    await expect(app.prisma.$executeRawUnsafe(statement, ids[what])).rejects.toThrow(
      /refers to this row|stays where it was sold|violates (RESTRICT|foreign key)/,
    )
    await expectInvariants(app.prisma)
  })

  test.each(['UPDATE ledger_entry SET amount_minor = 1', 'DELETE FROM ledger_entry WHERE false'])(
    'the ledger is only added to: %s',
    async (statement) => {
      await expect(app.prisma.$executeRawUnsafe(statement)).rejects.toThrow('ledger_append_only')
    },
  )

  test('a second open admission of a ticket, also when no lock is held', async () => {
    const { tickets, event } = await paid(app)
    const open = () =>
      app.prisma.checkIn.create({
        data: {
          id: randomUUID(),
          ticketId: tickets[0]?.id ?? '',
          gateId: event.gates[0]?.id ?? '',
          direction: 'ENTRY',
          scannedAt: new Date(),
          receivedAt: new Date(),
        },
      })
    await open()
    await expect(open()).rejects.toMatchObject({ code: 'P2002' })
    await app.prisma.checkIn.deleteMany({ where: { ticketId: tickets[0]?.id } })
  })

  test('and every constraint of the schema is among those', async () => {
    const named = await app.prisma.$queryRaw<{ name: string }[]>`
      SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`
    expect(named.map(({ name }) => name).filter((name) => !(name in REFUSED))).toEqual([])
    await expectInvariants(app.prisma)
  })
})
