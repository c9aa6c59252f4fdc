-- Of two who open an order's first payment at once one is refused by an index, and need not have looked for the other's: whoever
-- looks at SERIALIZABLE is in the way of all who open payments of orders near by. Older payments say no; nothing is asked of
-- them, because they are found.
ALTER TABLE payment ADD COLUMN is_first BOOLEAN NOT NULL DEFAULT false;

CREATE UNIQUE INDEX payment_first_key ON payment (order_id) WHERE is_first;
