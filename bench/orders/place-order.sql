-- The limit of one transaction an order: the rows that createOrder writes, in one call, without HTTP and GraphQL.
CREATE FUNCTION bench_place_order(wanted_category uuid, buyer text, wanted_key text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  item record;
  placed "order";
  line order_line;
BEGIN
  PERFORM 1 FROM idempotency_key
    WHERE caller = 'guest:' || buyer AND mutation = 'createOrder' AND key = wanted_key AND expires_at > now();
  IF FOUND THEN RETURN; END IF;

  UPDATE ticket_category c SET remaining = remaining - 1
    FROM event e
    WHERE c.id = wanted_category AND e.id = c.event_id AND e.status = 'PUBLISHED' AND c.remaining >= 1
    RETURNING c.id, c.name, c.price_minor, c.currency_code, c.event_id, e.organizer_id INTO item;
  IF NOT FOUND THEN RAISE EXCEPTION 'sold out'; END IF;

  INSERT INTO "order" (id, number, organizer_id, event_id, buyer_name, buyer_email, status, currency_code,
                       subtotal_minor, total_minor, created_at, expires_at)
    VALUES (uuidv7(), upper(left(gen_random_uuid()::text, 13)), item.organizer_id, item.event_id, 'Bench', buyer,
            'PENDING_PAYMENT', item.currency_code, item.price_minor, item.price_minor, now(),
            now() + interval '15 minutes')
    RETURNING * INTO placed;
  INSERT INTO order_line (id, order_id, position, kind, ticket_category_id, name, unit_price_minor, quantity,
                          total_minor, attendee_names)
    VALUES (uuidv7(), placed.id, 0, 'TICKET', item.id, item.name, item.price_minor, 1, item.price_minor, '{}')
    RETURNING * INTO line;
  INSERT INTO outbox (id, kind, payload, due_at, created_at)
    VALUES (uuidv7(), 'expire-order', jsonb_build_object('orderId', placed.id), placed.expires_at, now());
  INSERT INTO idempotency_key (caller, mutation, key, input_hash, answer, created_at, expires_at)
    VALUES ('guest:' || buyer, 'createOrder', wanted_key, sha256(wanted_key::bytea),
            to_jsonb(placed) || jsonb_build_object('lines', jsonb_build_array(to_jsonb(line))), now(),
            now() + interval '2 days');
END $$;
