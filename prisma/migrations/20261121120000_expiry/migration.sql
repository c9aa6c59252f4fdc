-- When the expiry sweep has to look at an order. A payment leaves it alone, and so changes no index: the sweep clears it.
ALTER TABLE "order" ADD COLUMN "due_at" TIMESTAMPTZ(3);
UPDATE "order" SET "due_at" = "expires_at" WHERE "status" = 'PENDING_PAYMENT';

CREATE INDEX "order_due_idx" ON "order"("due_at", "id") WHERE due_at IS NOT NULL;

-- Room on each page lets most updates of a payment stay on it without touching an index (heap-only tuples).
ALTER TABLE "payment" SET (fillfactor = 85);
