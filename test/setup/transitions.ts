/** Notes every change of an order's, a payment's or a fulfilment's status, so that the oracle can see one that went backwards. */
export const RECORD_TRANSITIONS = `
CREATE TABLE test_transition (kind text NOT NULL, id uuid NOT NULL, before text NOT NULL, after text NOT NULL);
CREATE FUNCTION test_record_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO test_transition VALUES (TG_TABLE_NAME, NEW.id, OLD.status::text, NEW.status::text);
  RETURN NEW;
END $$;
CREATE TRIGGER test_order_transition AFTER UPDATE ON "order"
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION test_record_transition();
CREATE TRIGGER test_payment_transition AFTER UPDATE ON payment
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION test_record_transition();
CREATE FUNCTION test_record_fulfilment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO test_transition VALUES ('fulfilment', NEW.order_line_id, OLD.status::text, NEW.status::text);
  RETURN NEW;
END $$;
CREATE TRIGGER test_fulfilment_transition AFTER UPDATE ON fulfilment
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION test_record_fulfilment();
`
