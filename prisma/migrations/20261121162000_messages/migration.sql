-- What buyers are told, once for each cause and channel, and in which language.

CREATE TYPE "Locale" AS ENUM ('id', 'en');
CREATE TYPE "MessageCause" AS ENUM (
    'ORDER_PLACED', 'ORDER_PAID', 'ORDER_EXPIRED', 'ORDER_REFUNDED', 'EVENT_CHANGED', 'EVENT_CANCELLED');
CREATE TYPE "MessageChannel" AS ENUM ('EMAIL', 'WHATSAPP');
CREATE TYPE "MessageState" AS ENUM ('QUEUED', 'SENT', 'FAILED', 'DROPPED');

ALTER TABLE "order"
    ADD COLUMN "locale" "Locale" NOT NULL DEFAULT 'id',
    ADD COLUMN "whatsapp" BOOLEAN NOT NULL DEFAULT false,
    ADD CONSTRAINT "order_whatsapp_check" CHECK (NOT whatsapp OR buyer_phone IS NOT NULL);

CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "cause" "MessageCause" NOT NULL,
    "cause_id" UUID NOT NULL,
    "channel" "MessageChannel" NOT NULL,
    "state" "MessageState" NOT NULL DEFAULT 'QUEUED',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3),
    "provider_id" TEXT,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "message_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "message_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id")
        ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "message_sent_check" CHECK ((state = 'SENT') = (sent_at IS NOT NULL)),
    CONSTRAINT "message_attempts_check" CHECK (attempts >= 0)
);
CREATE UNIQUE INDEX "message_order_id_cause_cause_id_channel_key"
    ON "message"("order_id", "cause", "cause_id", "channel");
