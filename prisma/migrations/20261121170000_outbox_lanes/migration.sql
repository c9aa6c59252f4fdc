-- Jobs of some kinds are taken without looking at those of others, of which any number may be due.
CREATE INDEX "outbox_open_kind_idx" ON "outbox"("kind", "due_at", "id") WHERE (closed_at IS NULL AND dead_at IS NULL);
DROP INDEX "outbox_open_due_idx";
