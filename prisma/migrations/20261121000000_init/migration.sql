-- CreateEnum
CREATE TYPE "Role" AS ENUM ('OWNER', 'MANAGER', 'FINANCE', 'SUPPORT', 'GATE');

-- CreateEnum
CREATE TYPE "EventStatus" AS ENUM ('DRAFT', 'PUBLISHED', 'CANCELLED', 'ENDED');

-- CreateEnum
CREATE TYPE "OrderStatus" AS ENUM ('PENDING_PAYMENT', 'PAID', 'EXPIRED', 'CANCELLED', 'PARTIALLY_REFUNDED', 'REFUNDED');

-- CreateEnum
CREATE TYPE "OrderLineKind" AS ENUM ('TICKET', 'MERCHANDISE');

-- CreateEnum
CREATE TYPE "PromoCodeKind" AS ENUM ('PERCENTAGE', 'AMOUNT');

-- CreateEnum
CREATE TYPE "PaymentMethod" AS ENUM ('QRIS', 'BCA_VA', 'BNI_VA', 'BRI_VA', 'PERMATA_VA', 'MANDIRI_BILL', 'GOPAY', 'SNAP');

-- CreateEnum
CREATE TYPE "PaymentStatus" AS ENUM ('PENDING', 'SETTLED', 'FAILED', 'EXPIRED', 'REFUNDED', 'PARTIALLY_REFUNDED');

-- CreateEnum
CREATE TYPE "RefundStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED');

-- CreateEnum
CREATE TYPE "TicketStatus" AS ENUM ('VALID', 'USED', 'REVOKED');

-- CreateEnum
CREATE TYPE "CheckInDirection" AS ENUM ('ENTRY', 'EXIT');

-- The words of a text, for generated columns. PostgreSQL's parser takes AC/DC for a path, v2.0 for a host and covid-19
-- for a negative number: one word each, which a search for the second half would miss.
CREATE FUNCTION karcis_words(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT COALESCE(regexp_replace(words, '[!-/:-@[-`{-~]+', ' ', 'g'), '') $$;

-- The words of a list. array_to_string is only STABLE, because it takes any type; of text it is immutable.
CREATE FUNCTION karcis_words(words text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT karcis_words(array_to_string(words, ' ')) $$;

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "phone" TEXT,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "refresh_token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organizer" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organizer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member" (
    "organizer_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("organizer_id","account_id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "target_type" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "status" "EventStatus" NOT NULL DEFAULT 'DRAFT',
    "category" TEXT,
    "tags" TEXT[],
    "city" TEXT,
    "venue" TEXT,
    "time_zone" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "sales_start_at" TIMESTAMPTZ(3),
    "sales_end_at" TIMESTAMPTZ(3),
    "image_url" TEXT,
    "allow_reentry" BOOLEAN NOT NULL DEFAULT false,
    "waiting_room_rate" INTEGER,
    "published_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "search" tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple'::regconfig, karcis_words("title")), 'A')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("venue") || ' ' || karcis_words("city") || ' ' || karcis_words("category")), 'B')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("tags")), 'B')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("description")), 'C')
    ) STORED,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "gates_open_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ticket_category" (
    "id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "schedule_id" UUID,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "price_minor" BIGINT NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "quota" INTEGER NOT NULL,
    "remaining" INTEGER NOT NULL,
    "max_per_order" INTEGER NOT NULL,
    "sales_start_at" TIMESTAMPTZ(3),
    "sales_end_at" TIMESTAMPTZ(3),
    "position" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ticket_category_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merchandise" (
    "id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "event_id" UUID,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "categories" TEXT[],
    "tags" TEXT[],
    "image_urls" TEXT[],
    "published" BOOLEAN NOT NULL DEFAULT false,
    "min_price_minor" BIGINT NOT NULL DEFAULT 0,
    "rating_centi" INTEGER NOT NULL DEFAULT 0,
    "rating_sum" INTEGER NOT NULL DEFAULT 0,
    "review_count" INTEGER NOT NULL DEFAULT 0,
    "sold_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "search" tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple'::regconfig, karcis_words("name")), 'A')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("categories")), 'B')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("tags")), 'B')
        || setweight(to_tsvector('simple'::regconfig, karcis_words("description")), 'C')
    ) STORED,

    CONSTRAINT "merchandise_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merchandise_variant" (
    "id" UUID NOT NULL,
    "merchandise_id" UUID NOT NULL,
    "sku" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "compare_at_price_minor" BIGINT,
    "currency_code" CHAR(3) NOT NULL,
    "stock" INTEGER NOT NULL,
    "remaining" INTEGER NOT NULL,
    "max_per_order" INTEGER NOT NULL DEFAULT 10,
    "position" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "merchandise_variant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "review" (
    "id" UUID NOT NULL,
    "merchandise_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "author" TEXT NOT NULL,
    "rating" INTEGER NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "review_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order" (
    "id" UUID NOT NULL,
    "number" TEXT NOT NULL,
    "organizer_id" UUID NOT NULL,
    "event_id" UUID,
    "account_id" UUID,
    "buyer_name" TEXT NOT NULL,
    "buyer_email" TEXT NOT NULL,
    "buyer_phone" TEXT,
    "status" "OrderStatus" NOT NULL DEFAULT 'PENDING_PAYMENT',
    "currency_code" CHAR(3) NOT NULL,
    "subtotal_minor" BIGINT NOT NULL,
    "discount_minor" BIGINT NOT NULL DEFAULT 0,
    "total_minor" BIGINT NOT NULL,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "promo_code_id" UUID,
    "promo_code" TEXT,
    "cancel_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "paid_at" TIMESTAMPTZ(3),
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "order_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_line" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" "OrderLineKind" NOT NULL,
    "ticket_category_id" UUID,
    "variant_id" UUID,
    "name" TEXT NOT NULL,
    "unit_price_minor" BIGINT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "total_minor" BIGINT NOT NULL,
    "restocked_quantity" INTEGER NOT NULL DEFAULT 0,
    "attendee_names" TEXT[],

    CONSTRAINT "order_line_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "caller" TEXT NOT NULL,
    "mutation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("caller","mutation","key")
);

-- CreateTable
CREATE TABLE "promo_code" (
    "id" UUID NOT NULL,
    "organizer_id" UUID NOT NULL,
    "event_id" UUID,
    "code" TEXT NOT NULL,
    "kind" "PromoCodeKind" NOT NULL,
    "percentage" INTEGER,
    "amount_minor" BIGINT,
    "currency_code" CHAR(3),
    "max_uses" INTEGER,
    "max_per_buyer" INTEGER,
    "used" INTEGER NOT NULL DEFAULT 0,
    "starts_at" TIMESTAMPTZ(3),
    "ends_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "promo_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "promo_code_category" (
    "promo_code_id" UUID NOT NULL,
    "ticket_category_id" UUID NOT NULL,

    CONSTRAINT "promo_code_category_pkey" PRIMARY KEY ("promo_code_id","ticket_category_id")
);

-- CreateTable
CREATE TABLE "promo_redemption" (
    "order_id" UUID NOT NULL,
    "promo_code_id" UUID NOT NULL,
    "buyer" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "promo_redemption_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "payment" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "method" "PaymentMethod" NOT NULL,
    "status" "PaymentStatus" NOT NULL DEFAULT 'PENDING',
    "amount_minor" BIGINT NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "gateway" TEXT NOT NULL,
    "transaction_id" TEXT,
    "qr_string" TEXT,
    "va_number" TEXT,
    "bill_key" TEXT,
    "biller_code" TEXT,
    "redirect_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment_notification" (
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "transaction_status" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refund" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "status" "RefundStatus" NOT NULL DEFAULT 'PENDING',
    "amount_minor" BIGINT NOT NULL,
    "currency_code" CHAR(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "succeeded_at" TIMESTAMPTZ(3),

    CONSTRAINT "refund_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ticket_key" (
    "id" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "public_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "ticket_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ticket" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "order_line_id" UUID NOT NULL,
    "unit" INTEGER NOT NULL,
    "event_id" UUID NOT NULL,
    "ticket_category_id" UUID NOT NULL,
    "schedule_id" UUID,
    "code" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "status" "TicketStatus" NOT NULL DEFAULT 'VALID',
    "version" INTEGER NOT NULL DEFAULT 1,
    "attendee_name" TEXT,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ticket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gate" (
    "id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "gate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gate_category" (
    "gate_id" UUID NOT NULL,
    "ticket_category_id" UUID NOT NULL,

    CONSTRAINT "gate_category_pkey" PRIMARY KEY ("gate_id","ticket_category_id")
);

-- CreateTable
CREATE TABLE "gate_device" (
    "id" UUID NOT NULL,
    "gate_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "gate_device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "check_in" (
    "id" UUID NOT NULL,
    "ticket_id" UUID NOT NULL,
    "gate_id" UUID NOT NULL,
    "device_id" UUID,
    "account_id" UUID,
    "direction" "CheckInDirection" NOT NULL,
    "scanned_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "conflict" BOOLEAN NOT NULL DEFAULT false,
    "nonce" TEXT,

    CONSTRAINT "check_in_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "offered_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "dead_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "account_email_key" ON "account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_refresh_token_hash_key" ON "session"("refresh_token_hash");

-- CreateIndex
CREATE INDEX "session_account_id_idx" ON "session"("account_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "organizer_slug_key" ON "organizer"("slug");

-- CreateIndex
CREATE INDEX "member_account_id_idx" ON "member"("account_id");

-- CreateIndex
CREATE INDEX "audit_entry_organizer_id_created_at_id_idx" ON "audit_entry"("organizer_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "event_slug_key" ON "event"("slug");

-- CreateIndex
CREATE INDEX "event_organizer_id_starts_at_id_idx" ON "event"("organizer_id", "starts_at", "id");

-- CreateIndex
CREATE INDEX "event_status_starts_at_id_idx" ON "event"("status", "starts_at", "id");

-- CreateIndex
CREATE INDEX "event_status_city_starts_at_id_idx" ON "event"("status", "city", "starts_at", "id");

-- CreateIndex
CREATE INDEX "event_status_category_starts_at_id_idx" ON "event"("status", "category", "starts_at", "id");

-- CreateIndex
CREATE INDEX "event_status_published_at_id_idx" ON "event"("status", "published_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "event_tags_idx" ON "event" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "event_search_idx" ON "event" USING GIN ("search");

-- CreateIndex
CREATE INDEX "schedule_event_id_starts_at_id_idx" ON "schedule"("event_id", "starts_at", "id");

-- CreateIndex
CREATE INDEX "ticket_category_event_id_position_id_idx" ON "ticket_category"("event_id", "position", "id");

-- CreateIndex
CREATE INDEX "ticket_category_schedule_id_idx" ON "ticket_category"("schedule_id");

-- CreateIndex
CREATE UNIQUE INDEX "merchandise_slug_key" ON "merchandise"("slug");

-- CreateIndex
CREATE INDEX "merchandise_public_newest_idx" ON "merchandise"("created_at" DESC, "id" DESC) WHERE (published);

-- CreateIndex
CREATE INDEX "merchandise_public_price_idx" ON "merchandise"("min_price_minor", "id") WHERE (published);

-- CreateIndex
CREATE INDEX "merchandise_public_rating_idx" ON "merchandise"("rating_centi" DESC, "id" DESC) WHERE (published);

-- CreateIndex
CREATE INDEX "merchandise_public_sold_idx" ON "merchandise"("sold_count" DESC, "id" DESC) WHERE (published);

-- CreateIndex
CREATE INDEX "merchandise_organizer_id_created_at_id_idx" ON "merchandise"("organizer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "merchandise_event_id_idx" ON "merchandise"("event_id");

-- CreateIndex
CREATE INDEX "merchandise_categories_idx" ON "merchandise" USING GIN ("categories");

-- CreateIndex
CREATE INDEX "merchandise_tags_idx" ON "merchandise" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "merchandise_search_idx" ON "merchandise" USING GIN ("search");

-- CreateIndex
CREATE UNIQUE INDEX "merchandise_variant_sku_key" ON "merchandise_variant"("sku");

-- CreateIndex
CREATE INDEX "merchandise_variant_merchandise_id_position_id_idx" ON "merchandise_variant"("merchandise_id", "position", "id");

-- CreateIndex
CREATE INDEX "review_merchandise_id_created_at_id_idx" ON "review"("merchandise_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "review_merchandise_id_account_id_key" ON "review"("merchandise_id", "account_id");

-- CreateIndex
CREATE UNIQUE INDEX "order_number_key" ON "order"("number");

-- CreateIndex
CREATE INDEX "order_account_id_created_at_id_idx" ON "order"("account_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_organizer_id_created_at_id_idx" ON "order"("organizer_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_event_id_buyer_email_idx" ON "order"("event_id", "buyer_email");

-- CreateIndex
CREATE INDEX "order_line_ticket_category_idx" ON "order_line"("ticket_category_id") WHERE (ticket_category_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "order_line_variant_idx" ON "order_line"("variant_id") INCLUDE ("order_id", "quantity", "restocked_quantity") WHERE (variant_id IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "order_line_order_id_position_key" ON "order_line"("order_id", "position");

-- CreateIndex
CREATE INDEX "idempotency_key_expires_at_idx" ON "idempotency_key"("expires_at");

-- CreateIndex
CREATE INDEX "promo_code_event_id_idx" ON "promo_code"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "promo_code_organizer_id_code_key" ON "promo_code"("organizer_id", "code");

-- CreateIndex
CREATE INDEX "promo_code_category_ticket_category_id_idx" ON "promo_code_category"("ticket_category_id");

-- CreateIndex
CREATE INDEX "promo_redemption_promo_code_id_buyer_idx" ON "promo_redemption"("promo_code_id", "buyer");

-- CreateIndex
CREATE INDEX "payment_order_id_created_at_id_idx" ON "payment"("order_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "payment_notification_payment_id_digest_key" ON "payment_notification"("payment_id", "digest");

-- CreateIndex
CREATE INDEX "refund_order_id_idx" ON "refund"("order_id");

-- CreateIndex
CREATE INDEX "refund_payment_id_idx" ON "refund"("payment_id");

-- CreateIndex
CREATE INDEX "ticket_key_event_id_idx" ON "ticket_key"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_code_key" ON "ticket"("code");

-- CreateIndex
CREATE INDEX "ticket_order_id_idx" ON "ticket"("order_id");

-- CreateIndex
CREATE INDEX "ticket_event_id_id_idx" ON "ticket"("event_id", "id");

-- CreateIndex
CREATE INDEX "ticket_ticket_category_id_idx" ON "ticket"("ticket_category_id");

-- CreateIndex
CREATE INDEX "ticket_schedule_id_idx" ON "ticket"("schedule_id");

-- CreateIndex
CREATE UNIQUE INDEX "ticket_order_line_id_unit_key" ON "ticket"("order_line_id", "unit");

-- CreateIndex
CREATE INDEX "gate_event_id_name_id_idx" ON "gate"("event_id", "name", "id");

-- CreateIndex
CREATE INDEX "gate_category_ticket_category_id_idx" ON "gate_category"("ticket_category_id");

-- CreateIndex
CREATE UNIQUE INDEX "gate_device_token_hash_key" ON "gate_device"("token_hash");

-- CreateIndex
CREATE INDEX "gate_device_gate_id_idx" ON "gate_device"("gate_id");

-- CreateIndex
CREATE INDEX "check_in_ticket_id_scanned_at_id_idx" ON "check_in"("ticket_id", "scanned_at", "id");

-- CreateIndex
CREATE INDEX "check_in_gate_id_scanned_at_id_idx" ON "check_in"("gate_id", "scanned_at", "id");

-- CreateIndex
CREATE INDEX "check_in_account_id_idx" ON "check_in"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "check_in_open_admission_key" ON "check_in"("ticket_id") WHERE (direction = 'ENTRY' AND closed_at IS NULL AND NOT conflict);

-- CreateIndex
CREATE UNIQUE INDEX "check_in_device_id_nonce_key" ON "check_in"("device_id", "nonce");

-- CreateIndex
CREATE INDEX "outbox_open_due_idx" ON "outbox"("due_at", "id") WHERE (closed_at IS NULL AND dead_at IS NULL);

-- CreateIndex
CREATE INDEX "outbox_closed_idx" ON "outbox"("closed_at") WHERE (closed_at IS NOT NULL);

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_category" ADD CONSTRAINT "ticket_category_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_category" ADD CONSTRAINT "ticket_category_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedule"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "merchandise" ADD CONSTRAINT "merchandise_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "merchandise" ADD CONSTRAINT "merchandise_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "merchandise_variant" ADD CONSTRAINT "merchandise_variant_merchandise_id_fkey" FOREIGN KEY ("merchandise_id") REFERENCES "merchandise"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_merchandise_id_fkey" FOREIGN KEY ("merchandise_id") REFERENCES "merchandise"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "review" ADD CONSTRAINT "review_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_ticket_category_id_fkey" FOREIGN KEY ("ticket_category_id") REFERENCES "ticket_category"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "merchandise_variant"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_code" ADD CONSTRAINT "promo_code_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_code" ADD CONSTRAINT "promo_code_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_code_category" ADD CONSTRAINT "promo_code_category_promo_code_id_fkey" FOREIGN KEY ("promo_code_id") REFERENCES "promo_code"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_code_category" ADD CONSTRAINT "promo_code_category_ticket_category_id_fkey" FOREIGN KEY ("ticket_category_id") REFERENCES "ticket_category"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_redemption" ADD CONSTRAINT "promo_redemption_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promo_redemption" ADD CONSTRAINT "promo_redemption_promo_code_id_fkey" FOREIGN KEY ("promo_code_id") REFERENCES "promo_code"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment" ADD CONSTRAINT "payment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_notification" ADD CONSTRAINT "payment_notification_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refund" ADD CONSTRAINT "refund_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refund" ADD CONSTRAINT "refund_payment_id_fkey" FOREIGN KEY ("payment_id") REFERENCES "payment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket_key" ADD CONSTRAINT "ticket_key_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_order_line_id_fkey" FOREIGN KEY ("order_line_id") REFERENCES "order_line"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_ticket_category_id_fkey" FOREIGN KEY ("ticket_category_id") REFERENCES "ticket_category"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedule"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate" ADD CONSTRAINT "gate_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_category" ADD CONSTRAINT "gate_category_gate_id_fkey" FOREIGN KEY ("gate_id") REFERENCES "gate"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_category" ADD CONSTRAINT "gate_category_ticket_category_id_fkey" FOREIGN KEY ("ticket_category_id") REFERENCES "ticket_category"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_device" ADD CONSTRAINT "gate_device_gate_id_fkey" FOREIGN KEY ("gate_id") REFERENCES "gate"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_in" ADD CONSTRAINT "check_in_ticket_id_fkey" FOREIGN KEY ("ticket_id") REFERENCES "ticket"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_in" ADD CONSTRAINT "check_in_gate_id_fkey" FOREIGN KEY ("gate_id") REFERENCES "gate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_in" ADD CONSTRAINT "check_in_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "gate_device"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_in" ADD CONSTRAINT "check_in_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What follows Prisma cannot express. It is the last line of defence of the domain's rules: whatever the code does, the
-- database refuses to oversell, to overfill and to lose a cent.

ALTER TABLE "event"
    ADD CONSTRAINT "event_time_check" CHECK ("starts_at" < "ends_at"),
    ADD CONSTRAINT "event_published_check" CHECK ("status" <> 'PUBLISHED' OR "published_at" IS NOT NULL),
    ADD CONSTRAINT "event_sales_check" CHECK ("sales_start_at" < "sales_end_at"),
    ADD CONSTRAINT "event_waiting_room_check" CHECK ("waiting_room_rate" > 0);
ALTER TABLE "schedule"
    ADD CONSTRAINT "schedule_time_check" CHECK ("starts_at" < "ends_at" AND "gates_open_at" < "ends_at");
ALTER TABLE "ticket_category"
    ADD CONSTRAINT "ticket_category_stock_check" CHECK ("remaining" >= 0 AND "remaining" <= "quota"),
    ADD CONSTRAINT "ticket_category_price_check" CHECK ("price_minor" BETWEEN 0 AND 100000000000000),
    ADD CONSTRAINT "ticket_category_max_per_order_check" CHECK ("max_per_order" BETWEEN 1 AND 100),
    ADD CONSTRAINT "ticket_category_sales_check" CHECK ("sales_start_at" < "sales_end_at");
ALTER TABLE "merchandise_variant"
    ADD CONSTRAINT "merchandise_variant_stock_check" CHECK ("remaining" >= 0 AND "remaining" <= "stock"),
    ADD CONSTRAINT "merchandise_variant_price_check" CHECK ("price_minor" BETWEEN 0 AND 100000000000000),
    ADD CONSTRAINT "merchandise_variant_compare_at_check" CHECK ("compare_at_price_minor" > "price_minor"),
    ADD CONSTRAINT "merchandise_variant_max_per_order_check" CHECK ("max_per_order" BETWEEN 1 AND 100);
ALTER TABLE "review"
    ADD CONSTRAINT "review_rating_check" CHECK ("rating" BETWEEN 1 AND 5);
ALTER TABLE "order"
    ADD CONSTRAINT "order_total_check" CHECK ("subtotal_minor" >= 0 AND "discount_minor" >= 0 AND "total_minor" >= 0 AND "total_minor" = "subtotal_minor" - "discount_minor"),
    ADD CONSTRAINT "order_refunded_check" CHECK ("refunded_minor" BETWEEN 0 AND "total_minor"),
    ADD CONSTRAINT "order_paid_check" CHECK (("status" IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')) = ("paid_at" IS NOT NULL)),
    ADD CONSTRAINT "order_released_check" CHECK (("status" IN ('EXPIRED', 'CANCELLED')) = ("released_at" IS NOT NULL));
ALTER TABLE "order_line"
    ADD CONSTRAINT "order_line_item_check" CHECK (("kind" = 'TICKET') = ("ticket_category_id" IS NOT NULL) AND ("kind" = 'MERCHANDISE') = ("variant_id" IS NOT NULL)),
    ADD CONSTRAINT "order_line_quantity_check" CHECK ("quantity" > 0 AND "restocked_quantity" BETWEEN 0 AND "quantity"),
    ADD CONSTRAINT "order_line_total_check" CHECK ("unit_price_minor" >= 0 AND "total_minor" = "unit_price_minor" * "quantity");
ALTER TABLE "promo_code"
    ADD CONSTRAINT "promo_code_used_check" CHECK ("used" >= 0 AND ("max_uses" IS NULL OR "used" <= "max_uses")),
    ADD CONSTRAINT "promo_code_value_check" CHECK (
        ("kind" = 'PERCENTAGE' AND "percentage" BETWEEN 1 AND 100 AND "amount_minor" IS NULL)
        OR ("kind" = 'AMOUNT' AND "amount_minor" > 0 AND "currency_code" IS NOT NULL AND "percentage" IS NULL)
    );
ALTER TABLE "payment"
    ADD CONSTRAINT "payment_amount_check" CHECK ("amount_minor" > 0);
ALTER TABLE "refund"
    ADD CONSTRAINT "refund_amount_check" CHECK ("amount_minor" > 0);

-- Room on each page lets the updates of hot rows stay on it without touching an index (heap-only tuples).
ALTER TABLE "ticket_category" SET (fillfactor = 50);
ALTER TABLE "merchandise_variant" SET (fillfactor = 50);
ALTER TABLE "order" SET (fillfactor = 85);
