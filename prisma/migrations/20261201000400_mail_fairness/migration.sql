-- Who caused a job, as one of 1,024 buckets; 0: nobody in particular. Processes of before write none, and read none.
ALTER TABLE "outbox" ADD COLUMN "fairness_bucket" SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_fairness_bucket_check" CHECK (fairness_bucket BETWEEN 0 AND 1023);

-- Buckets of a kind take turns. Processes of before find their rows by the kind in it as well.
CREATE INDEX "outbox_open_turn_idx" ON "outbox"("kind", "fairness_bucket", "due_at", "id") WHERE (closed_at IS NULL AND dead_at IS NULL);
DROP INDEX "outbox_open_kind_idx";
