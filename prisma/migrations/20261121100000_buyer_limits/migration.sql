-- How much one buyer may have, by what orders know a buyer, and promo codes whose uses can be given back.

ALTER TABLE "event"
    ADD COLUMN "max_per_buyer" INTEGER,
    ADD CONSTRAINT "event_max_per_buyer_check" CHECK ("max_per_buyer" BETWEEN 1 AND 1000);
ALTER TABLE "ticket_category"
    ADD COLUMN "max_per_buyer" INTEGER,
    ADD CONSTRAINT "ticket_category_max_per_buyer_check" CHECK ("max_per_buyer" BETWEEN 1 AND 1000);
ALTER TABLE "merchandise_variant"
    ADD COLUMN "max_per_buyer" INTEGER,
    ADD CONSTRAINT "merchandise_variant_max_per_buyer_check" CHECK ("max_per_buyer" BETWEEN 1 AND 1000);

ALTER TABLE "order"
    ADD COLUMN "buyer_email_key" TEXT,
    ADD COLUMN "buyer_phone_key" TEXT,
    ADD COLUMN "buyer_device" TEXT;

-- Orders from before are counted as those after: the rules of src/modules/orders/buyer-keys.ts, once.
UPDATE "order" o SET
    "buyer_email_key" = CASE
        WHEN mail.domain IN ('gmail.com', 'googlemail.com') THEN replace(mail.person, '.', '') || '@gmail.com'
        ELSE mail.person || '@' || mail.domain
    END,
    "buyer_phone_key" = regexp_replace(CASE
        WHEN o."buyer_phone" LIKE '+%' THEN substr(o."buyer_phone", 2)
        WHEN o."buyer_phone" LIKE '00%' THEN substr(o."buyer_phone", 3)
        WHEN o."buyer_phone" LIKE '0%' THEN '62' || substr(o."buyer_phone", 2)
        WHEN o."buyer_phone" LIKE '8%' THEN '62' || o."buyer_phone"
        ELSE o."buyer_phone"
    END, '^620+', '62')
FROM (
    SELECT id,
        CASE WHEN position('+' IN split_part(buyer_email, '@', 1)) > 1
            THEN split_part(split_part(buyer_email, '@', 1), '+', 1)
            ELSE split_part(buyer_email, '@', 1) END AS person,
        split_part(buyer_email, '@', 2) AS domain
    FROM "order"
) mail
WHERE mail.id = o.id;

-- Partial: what was given back counts for nobody, and most orders name neither an account, a phone nor a device.
CREATE INDEX "order_buyer_email_idx" ON "order"("organizer_id", "buyer_email_key") WHERE released_at IS NULL;
CREATE INDEX "order_buyer_account_idx" ON "order"("organizer_id", "account_id")
    WHERE released_at IS NULL AND account_id IS NOT NULL;
CREATE INDEX "order_buyer_phone_idx" ON "order"("organizer_id", "buyer_phone_key")
    WHERE released_at IS NULL AND buyer_phone_key IS NOT NULL;
CREATE INDEX "order_buyer_device_idx" ON "order"("organizer_id", "buyer_device")
    WHERE released_at IS NULL AND buyer_device IS NOT NULL;
-- Nobody reads orders by event and e-mail any more: the first of these took its place.
DROP INDEX "order_event_id_buyer_email_idx";

ALTER TABLE "promo_code"
    ADD CONSTRAINT "promo_code_caps_check" CHECK ("max_uses" >= 1 AND "max_per_buyer" >= 1),
    ADD CONSTRAINT "promo_code_time_check" CHECK ("starts_at" < "ends_at"),
    ADD CONSTRAINT "promo_code_form_check" CHECK ("code" ~ '^[!-`{-~]{3,32}$');
ALTER TABLE "promo_redemption" ADD COLUMN "released_at" TIMESTAMPTZ(3);
-- How a buyer is known stands on the order, and a per-buyer cap counts there.
DROP INDEX "promo_redemption_promo_code_id_buyer_idx";
ALTER TABLE "promo_redemption" DROP COLUMN "buyer";
CREATE INDEX "promo_redemption_promo_code_id_idx" ON "promo_redemption"("promo_code_id");

DROP INDEX "promo_code_event_id_idx";
CREATE INDEX "promo_code_event_id_created_at_id_idx" ON "promo_code"("event_id", "created_at" DESC, "id" DESC);
CREATE INDEX "promo_code_organizer_id_created_at_id_idx" ON "promo_code"("organizer_id", "created_at" DESC, "id" DESC);
