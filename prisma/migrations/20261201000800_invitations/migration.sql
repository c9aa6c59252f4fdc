-- Links by which an operator, and later an owner, makes somebody a member of an organizer.
CREATE TABLE "invitation" (
  "id" UUID NOT NULL,
  "organizer_id" UUID NOT NULL,
  "email" TEXT NOT NULL,
  "role" "Role" NOT NULL,
  "token_hash" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "revoked_at" TIMESTAMPTZ(3),
  "accepted_at" TIMESTAMPTZ(3),
  "account_id" UUID,

  CONSTRAINT "invitation_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "invitation_expiry_check" CHECK ("expires_at" > "created_at"),
  CONSTRAINT "invitation_accepted_check" CHECK (
    ("accepted_at" IS NULL) = ("account_id" IS NULL) AND ("accepted_at" IS NULL OR "revoked_at" IS NULL)
  )
);

CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");
CREATE INDEX "invitation_organizer_id_created_at_id_idx" ON "invitation"("organizer_id", "created_at" DESC, "id" DESC);
CREATE INDEX "invitation_account_id_idx" ON "invitation"("account_id");

ALTER TABLE "invitation"
  ADD CONSTRAINT "invitation_organizer_id_fkey" FOREIGN KEY ("organizer_id") REFERENCES "organizer"("id")
    ON DELETE CASCADE ON UPDATE CASCADE,
  ADD CONSTRAINT "invitation_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id")
    ON DELETE RESTRICT ON UPDATE CASCADE;
