-- A worker holds a delivery by the number of its claim; what it says about one that was claimed again since is not heard.
ALTER TABLE delivery ADD COLUMN claims integer NOT NULL DEFAULT 0;
-- Tries that ended without an outcome: the worker died, or met what nobody foresaw. After some of them a person decides.
ALTER TABLE delivery ADD COLUMN interruptions smallint NOT NULL DEFAULT 0;
-- Since when it could be sent: a held one begins anew with the citizen's contact.
ALTER TABLE delivery ADD COLUMN owed_at timestamptz;
UPDATE delivery SET owed_at = created_at;
ALTER TABLE delivery ALTER COLUMN owed_at SET NOT NULL;
-- Who left is forgotten by one pass over the calls: no index that every call of the platform would pay for.
DROP INDEX inbound_event_of;
