-- CreateEnum
CREATE TYPE "FulfilmentStatus" AS ENUM ('UNFULFILLED', 'PACKED', 'HANDED_OVER', 'SHIPPED');

-- AlterTable
ALTER TABLE "event" ADD COLUMN     "cancel_reason" TEXT,
ADD COLUMN     "cancelled_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "fulfilment" (
    "order_line_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "event_id" UUID,
    "status" "FulfilmentStatus" NOT NULL DEFAULT 'UNFULFILLED',
    "carrier" TEXT,
    "tracking_number" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "packed_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "delivered_by" TEXT,

    CONSTRAINT "fulfilment_pkey" PRIMARY KEY ("order_line_id")
);

-- CreateIndex
CREATE INDEX "fulfilment_order_id_idx" ON "fulfilment"("order_id");

-- CreateIndex
CREATE INDEX "fulfilment_organizer_id_status_created_at_order_line_id_idx" ON "fulfilment"("organizer_id", "status", "created_at", "order_line_id");

-- CreateIndex
CREATE INDEX "fulfilment_event_id_status_created_at_order_line_id_idx" ON "fulfilment"("event_id", "status", "created_at", "order_line_id") WHERE (event_id IS NOT NULL);

-- AddForeignKey
ALTER TABLE "fulfilment" ADD CONSTRAINT "fulfilment_order_line_id_fkey" FOREIGN KEY ("order_line_id") REFERENCES "order_line"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fulfilment" ADD CONSTRAINT "fulfilment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say.
ALTER TABLE "event" ADD CONSTRAINT "event_cancelled_check"
  CHECK ((cancelled_at IS NULL AND cancel_reason IS NULL) OR (status = 'CANCELLED' AND cancelled_at IS NOT NULL));
ALTER TABLE "fulfilment" ADD CONSTRAINT "fulfilment_shipped_check"
  CHECK ((status = 'SHIPPED') = (carrier IS NOT NULL) AND (status = 'SHIPPED') = (tracking_number IS NOT NULL));
ALTER TABLE "fulfilment" ADD CONSTRAINT "fulfilment_delivered_check"
  CHECK ((status IN ('HANDED_OVER', 'SHIPPED')) = (delivered_at IS NOT NULL)
     AND (delivered_at IS NULL) = (delivered_by IS NULL));
ALTER TABLE "fulfilment" ADD CONSTRAINT "fulfilment_packed_check"
  CHECK (CASE status WHEN 'UNFULFILLED' THEN packed_at IS NULL WHEN 'PACKED' THEN packed_at IS NOT NULL ELSE true END);

-- What was paid before there was this table has still to be handed out.
INSERT INTO "fulfilment" ("order_line_id", "order_id", "organizer_id", "event_id", "created_at")
SELECT l.id, o.id, o.organizer_id, o.event_id, o.paid_at
FROM "order_line" l JOIN "order" o ON o.id = l.order_id
WHERE l.kind = 'MERCHANDISE' AND o.status IN ('PAID', 'PARTIALLY_REFUNDED');
