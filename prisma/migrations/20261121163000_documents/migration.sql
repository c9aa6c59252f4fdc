-- CreateTable
CREATE TABLE "invoice" (
    "order_id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "number" INTEGER,
    "label" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "issued_at" TIMESTAMPTZ(3),

    CONSTRAINT "invoice_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "invoice_series" (
    "organizer_id" UUID NOT NULL,
    "last_number" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "invoice_series_pkey" PRIMARY KEY ("organizer_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invoice_label_key" ON "invoice"("label");

-- CreateIndex
CREATE INDEX "invoice_due_idx" ON "invoice"("organizer_id", "created_at", "order_id") WHERE (number IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "invoice_organizer_id_number_key" ON "invoice"("organizer_id", "number");

-- AddForeignKey
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice" ADD CONSTRAINT "invoice_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoice_series" ADD CONSTRAINT "invoice_series_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "invoice" ADD CONSTRAINT "invoice_number_check"
  CHECK ("number" > 0 AND num_nonnulls("number", "label", "issued_at") IN (0, 3));
ALTER TABLE "invoice_series" ADD CONSTRAINT "invoice_series_last_number_check" CHECK ("last_number" >= 0);

-- What was paid before there were invoices gets one too.
INSERT INTO "invoice" ("order_id", "organizer_id", "created_at")
SELECT "id", "organizer_id", "paid_at" FROM "order" WHERE "paid_at" IS NOT NULL AND "total_minor" > 0;
