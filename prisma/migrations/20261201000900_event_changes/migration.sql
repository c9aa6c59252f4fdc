-- Edits of an event that its buyers are told of together.
CREATE TABLE "event_change" (
  "id" UUID NOT NULL,
  "event_id" UUID NOT NULL,
  "before" JSONB NOT NULL,
  "first_edit_at" TIMESTAMPTZ(3) NOT NULL,
  "last_edit_at" TIMESTAMPTZ(3) NOT NULL,
  "due_at" TIMESTAMPTZ(3) NOT NULL,
  "closed_at" TIMESTAMPTZ(3),

  CONSTRAINT "event_change_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "event_change_open_key" ON "event_change"("event_id") WHERE (closed_at IS NULL);
CREATE INDEX "event_change_due_idx" ON "event_change"("due_at") WHERE (closed_at IS NULL);
CREATE INDEX "event_change_event_id_idx" ON "event_change"("event_id");

ALTER TABLE "event_change"
  ADD CONSTRAINT "event_change_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id")
    ON DELETE CASCADE ON UPDATE CASCADE;
