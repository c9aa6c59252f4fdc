-- What one network may hold or leave unpaid of an event. Old processes neither write nor read it.
ALTER TABLE event ADD COLUMN max_open_per_network INTEGER
  CONSTRAINT event_max_open_per_network_check CHECK (max_open_per_network BETWEEN 1 AND 100000);

-- A guest's free order counts for an e-mail only together with its network.
ALTER TABLE "order" ADD COLUMN buyer_network TEXT;
CREATE INDEX order_buyer_network_idx ON "order" (event_id) WHERE buyer_network <> 'erased';
