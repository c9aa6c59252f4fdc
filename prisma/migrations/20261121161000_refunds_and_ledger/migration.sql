-- A new type instead of ADD VALUE: a value that was added cannot be used in the same transaction.
ALTER TYPE "RefundStatus" RENAME TO "RefundStatus_old";
CREATE TYPE "RefundStatus" AS ENUM ('PENDING', 'MANUAL', 'SUCCEEDED', 'FAILED', 'CANCELLED');
ALTER TABLE "refund" ALTER COLUMN "status" DROP DEFAULT;
-- Until now a refund failed only because the bank had taken the money back: nothing is owed.
ALTER TABLE "refund" ALTER COLUMN "status" TYPE "RefundStatus"
    USING (CASE WHEN "status" = 'FAILED' THEN 'CANCELLED' ELSE "status"::text END)::"RefundStatus";
ALTER TABLE "refund" ALTER COLUMN "status" SET DEFAULT 'PENDING';
DROP TYPE "RefundStatus_old";

CREATE TYPE "RefundCause" AS ENUM ('STAFF', 'UNPLACED', 'PROVIDER', 'REVERSAL');
ALTER TABLE "refund" ADD COLUMN "cause" "RefundCause",
    ADD COLUMN "refund_key" TEXT,
    ADD COLUMN "reference" TEXT,
    ADD COLUMN "failure" TEXT;
UPDATE "refund" SET "cause" =
    (CASE WHEN "reason" = 'The bank took the payment back' THEN 'REVERSAL' ELSE 'UNPLACED' END)::"RefundCause";
ALTER TABLE "refund" ALTER COLUMN "cause" SET NOT NULL,
    ADD CONSTRAINT "refund_succeeded_check" CHECK (("status" = 'SUCCEEDED') = ("succeeded_at" IS NOT NULL));

-- The unique index begins with the payment, too.
CREATE UNIQUE INDEX "refund_payment_id_refund_key_key" ON "refund"("payment_id", "refund_key");
DROP INDEX "refund_payment_id_idx";

ALTER TABLE "order_line" ADD COLUMN "refunded_quantity" INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT "order_line_refunded_check" CHECK ("refunded_quantity" BETWEEN 0 AND "quantity");

CREATE TYPE "LedgerAccount" AS ENUM ('CASH_AT_PROVIDER', 'CASH_BY_HAND', 'SALES', 'REFUNDS', 'REFUNDS_PAYABLE', 'PROVIDER_FEES');

CREATE TABLE "ledger_entry" (
    "cause" TEXT NOT NULL,
    "organizer_id" UUID NOT NULL,
    "event_id" UUID,
    "payment_id" UUID NOT NULL,
    "debit" "LedgerAccount" NOT NULL,
    "credit" "LedgerAccount" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("cause"),
    CONSTRAINT "ledger_entry_amount_check" CHECK ("amount_minor" > 0),
    CONSTRAINT "ledger_entry_accounts_check" CHECK ("debit" <> "credit")
);

CREATE INDEX "ledger_entry_event_idx" ON "ledger_entry"("event_id") WHERE (event_id IS NOT NULL);

ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What was booked stays; a mistake is mended by another entry. For each statement, so that it costs an INSERT nothing.
CREATE FUNCTION "ledger_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger_append_only: entries are neither changed nor deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "ledger_append_only" BEFORE UPDATE OR DELETE ON "ledger_entry"
    FOR EACH STATEMENT EXECUTE FUNCTION "ledger_is_append_only"();

-- The books begin with what is there. Fees of that time are not known.
INSERT INTO "ledger_entry"
SELECT entry.cause, o.organizer_id, o.event_id, p.id, entry.debit::"LedgerAccount", entry.credit::"LedgerAccount",
       entry.amount, p.currency_code, entry.at
FROM (
  SELECT 'capture:' || p.id AS cause, p.id AS payment_id, 'CASH_AT_PROVIDER' AS debit,
         CASE WHEN EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.cause = 'UNPLACED')
              THEN 'REFUNDS_PAYABLE' ELSE 'SALES' END AS credit, p.amount_minor AS amount, p.settled_at AS at
  FROM payment p WHERE p.settled_at IS NOT NULL
  UNION ALL
  SELECT 'refund:' || id, payment_id, 'REFUNDS', 'REFUNDS_PAYABLE', amount_minor, created_at
  FROM refund WHERE cause = 'REVERSAL'
  UNION ALL
  SELECT 'refund-paid:' || id, payment_id, 'REFUNDS_PAYABLE', 'CASH_AT_PROVIDER', amount_minor, succeeded_at
  FROM refund WHERE status = 'SUCCEEDED'
  UNION ALL
  SELECT 'reversal:' || payment_id, payment_id, 'REFUNDS_PAYABLE', 'CASH_AT_PROVIDER', amount_minor, created_at
  FROM refund WHERE status = 'CANCELLED'
) entry JOIN payment p ON p.id = entry.payment_id JOIN "order" o ON o.id = p.order_id;
