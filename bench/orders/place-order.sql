-- The limit of one transaction an order: the rows that createOrder writes, in one call, without HTTP and GraphQL.
CREATE FUNCTION bench_place_order(wanted_category uuid, buyer text, wanted_key uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  known boolean;
  item record;
  placed uuid := uuidv7();
BEGIN
  -- The time is no condition of the query: PostgreSQL would look through all keys by it.
  SELECT expires_at > now() INTO known FROM idempotency_key WHERE id = wanted_key;
  IF known THEN RETURN; END IF;

  UPDATE ticket_category c SET remaining = remaining - 1
    FROM event e
    WHERE c.id = wanted_category AND e.id = c.event_id AND e.status = 'PUBLISHED' AND c.remaining >= 1
    RETURNING c.id, c.name, c.price_minor, c.currency_code, c.event_id, e.organizer_id INTO item;
  IF NOT FOUND THEN RAISE EXCEPTION 'sold out'; END IF;

  INSERT INTO "order" (id, number, organizer_id, event_id, buyer_name, buyer_email, buyer_email_key, status,
                       currency_code, subtotal_minor, total_minor, created_at, expires_at, due_at)
    VALUES (placed, upper(left(gen_random_uuid()::text, 13)), item.organizer_id, item.event_id, 'Bench', buyer,
            buyer, 'PENDING_PAYMENT', item.currency_code, item.price_minor, item.price_minor, now(),
            now() + interval '15 minutes', now() + interval '15 minutes');
  INSERT INTO order_line (id, order_id, position, kind, ticket_category_id, name, unit_price_minor, quantity,
                          total_minor, attendee_names)
    VALUES (uuidv7(), placed, 0, 'TICKET', item.id, item.name, item.price_minor, 1, item.price_minor, '{}');
  INSERT INTO idempotency_key (id, input_hash, answer, expires_at)
    VALUES (wanted_key, sha256(buyer::bytea), jsonb_build_object('orderId', placed), now() + interval '2 days');
END $$;
