-- The limit of one transaction a settlement: the rows that a notification of settlement writes for an order of two tickets,
-- in one call, without HTTP, signatures and checks of what was sent.
CREATE FUNCTION bench_settle(settled uuid, said text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  owner record;
BEGIN
  SELECT o.id, o.status, o.organizer_id, o.event_id, p.amount_minor INTO owner FROM payment p JOIN "order" o ON o.id = p.order_id WHERE p.id = settled FOR UPDATE OF o;
  IF owner.status <> 'PENDING_PAYMENT' THEN RETURN; END IF;
  INSERT INTO payment_notification (id, payment_id, digest, transaction_status, body, received_at)
    VALUES (uuidv7(), settled, sha256(said::bytea), 'settlement', said, now()) ON CONFLICT (payment_id, digest) DO NOTHING;
  UPDATE payment SET status = 'SETTLED', settled_at = now() WHERE id = settled;
  UPDATE "order" SET status = 'PAID', paid_at = now() WHERE id = owner.id;
  INSERT INTO ticket (id, order_id, order_line_id, unit, event_id, ticket_category_id, schedule_id, code, token, issued_at)
    SELECT uuidv7(), l.order_id, l.id, unit, c.event_id, c.id, c.schedule_id, upper(left(gen_random_uuid()::text, 13)),
           repeat(md5(l.id::text || unit), 6), now()
    FROM order_line l JOIN ticket_category c ON c.id = l.ticket_category_id, generate_series(0, l.quantity - 1) AS unit
    WHERE l.order_id = owner.id;
  INSERT INTO ledger_entry (
      cause, organizer_id, event_id, payment_id, debit, credit, amount_minor, currency_code, created_at)
    VALUES ('capture:' || settled, owner.organizer_id, owner.event_id, settled, 'CASH_AT_PROVIDER', 'SALES',
            owner.amount_minor, 'IDR', now()),
           ('fee:' || settled, owner.organizer_id, owner.event_id, settled, 'PROVIDER_FEES', 'CASH_AT_PROVIDER',
            owner.amount_minor / 100, 'IDR', now());
  INSERT INTO invoice (order_id, organizer_id, created_at) VALUES (owner.id, owner.organizer_id, now());
  INSERT INTO outbox (id, kind, payload, due_at, created_at)
    VALUES (uuidv7(), 'bench', jsonb_build_object('orderId', owner.id), now(), now());
END $$;
