-- What organisers say of a waiting room, and the admission that an order was placed with.

ALTER TABLE "event"
    ADD COLUMN "waiting_room_paused" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "waiting_room_capacity" INTEGER,
    ADD CONSTRAINT "event_waiting_room_capacity_check" CHECK ("waiting_room_capacity" > 0);

ALTER TABLE "order" ADD COLUMN "admission_id" UUID;

-- Partial, so that orders of events without a waiting room pay nothing for it.
CREATE UNIQUE INDEX "order_admission_key" ON "order"("admission_id") WHERE admission_id IS NOT NULL;
