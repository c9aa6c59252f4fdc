-- What the provider has told and what has no effect before it has said so when asked: payment.unconfirmed_status. Nothing is
-- asked of older rows; older processes leave the columns alone.
ALTER TABLE payment ADD COLUMN unconfirmed_status TEXT;
ALTER TABLE payment_notification ADD COLUMN status_code TEXT, ADD COLUMN believed BOOLEAN NOT NULL DEFAULT true;

-- A notification may name a payment by the provider's transaction id.
CREATE INDEX payment_transaction_idx ON payment (transaction_id) WHERE transaction_id IS NOT NULL;

-- Genuinely signed, and about no payment of ours, or in no form that we read.
CREATE TABLE unmatched_notification (
    id UUID NOT NULL,
    order_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    body TEXT NOT NULL,
    received_at TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT unmatched_notification_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX unmatched_notification_order_id_digest_key ON unmatched_notification (order_id, digest);
CREATE INDEX unmatched_notification_received_at_idx ON unmatched_notification (received_at);
