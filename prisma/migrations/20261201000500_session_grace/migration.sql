-- Two tabs that refresh at once get the same successor. Old processes neither write nor read these.
ALTER TABLE session ADD COLUMN recent_refreshes TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[];

-- Logins from a network that an account signed in from before are not slowed by guesses from elsewhere.
ALTER TABLE session ADD COLUMN network_key BYTEA;
