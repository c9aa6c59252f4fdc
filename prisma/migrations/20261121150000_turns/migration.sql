-- What processes wait for before they begin with a hot event (src/platform/turns.ts). Nothing is ever in these tables.
CREATE SCHEMA turn;
DO $$
BEGIN
  FOR lane IN 0..31 LOOP
    EXECUTE format('CREATE TABLE turn.lane_%s ()', lane);
  END LOOP;
END $$;
