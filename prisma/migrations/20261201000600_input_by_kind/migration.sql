-- What filters compare without upper and lower case. Generated, so that processes of the version before write it as well.
-- lower() of each: unnest in a generated column needs a function, and it has to be IMMUTABLE.
CREATE FUNCTION karcis_lower(words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT COALESCE(array_agg(lower(word)), '{}') FROM unnest(words) AS word $$;

ALTER TABLE "event"
    ADD COLUMN "city_key" TEXT GENERATED ALWAYS AS (lower("city")) STORED,
    ADD COLUMN "category_key" TEXT GENERATED ALWAYS AS (lower("category")) STORED;
ALTER TABLE "merchandise"
    ADD COLUMN "category_keys" TEXT[] GENERATED ALWAYS AS (karcis_lower("categories")) STORED;

-- The indexes on city, category and categories stay for processes of the version before.
CREATE INDEX "event_status_city_key_starts_at_id_idx" ON "event"("status", "city_key", "starts_at", "id");
CREATE INDEX "event_status_category_key_starts_at_id_idx" ON "event"("status", "category_key", "starts_at", "id");
CREATE INDEX "merchandise_category_keys_idx" ON "merchandise" USING GIN ("category_keys");

-- What a gate said of the time of a scan, where that cannot have been.
ALTER TABLE "check_in" ADD COLUMN "claimed_at" TIMESTAMPTZ(3);
