-- When the reconciler has to look at a payment. A settlement leaves it alone, and so changes no index.
ALTER TABLE "payment" ADD COLUMN "next_check_at" TIMESTAMPTZ(3),
                      ADD COLUMN "checks" INTEGER NOT NULL DEFAULT 0;
UPDATE "payment" SET "next_check_at" = "expires_at" WHERE "status" = 'PENDING';

CREATE INDEX "payment_next_check_idx" ON "payment"("next_check_at", "id") WHERE next_check_at IS NOT NULL;

-- What the sandbox provider remembers. Somebody else's memory, so it has no foreign key.
CREATE TABLE "sandbox_transaction" (
    "payment_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sandbox_transaction_pkey" PRIMARY KEY ("payment_id")
);

CREATE TYPE "NotificationSource" AS ENUM ('WEBHOOK', 'STATUS');
ALTER TABLE "payment_notification" ADD COLUMN "source" "NotificationSource" NOT NULL DEFAULT 'WEBHOOK';
