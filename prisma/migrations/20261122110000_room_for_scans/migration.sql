-- A scan changes no index of its ticket while the page has room for the new row. Without, the row moves, every index gets an entry,
-- and at SERIALIZABLE that is a conflict with whoever reads a ticket near by.
ALTER TABLE "ticket" SET (fillfactor = 85);
