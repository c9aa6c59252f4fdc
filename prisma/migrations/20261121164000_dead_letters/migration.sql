-- Attempts are counted here and not in Redis, which may be emptied between two of them.
ALTER TABLE "outbox"
  ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "give_up_after" INTEGER NOT NULL DEFAULT 12,
  ADD COLUMN "last_attempt_at" TIMESTAMPTZ(3),
  ADD COLUMN "organizer_id" UUID,
  ADD COLUMN "order_id" UUID,
  ADD CONSTRAINT "outbox_attempts_check" CHECK (attempts BETWEEN 0 AND give_up_after);

-- Rows that died before this get their owner, so that staff can see them.
UPDATE "outbox" SET "attempts" = 8 WHERE "dead_at" IS NOT NULL;
UPDATE "outbox" SET "order_id" = o.id, "organizer_id" = o.organizer_id
FROM "order" o LEFT JOIN "refund" r ON r.order_id = o.id
WHERE "dead_at" IS NOT NULL AND (o.id::text = payload ->> 'orderId' OR r.id::text = payload ->> 'refundId');
-- What an error said in full may hold an address or a token, and staff read it from now on.
UPDATE "outbox" SET "error" = 'Error' WHERE "error" IS NOT NULL;

CREATE INDEX "outbox_dead_idx" ON "outbox"("organizer_id", "dead_at" DESC, "id" DESC) WHERE dead_at IS NOT NULL;

-- Each job updates its row twice before it is closed: room on the page keeps those updates out of the indexes.
ALTER TABLE "outbox" SET (fillfactor = 80);
