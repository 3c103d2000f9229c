-- An open ticket whose reply window is about to close gets a short automatic word before it does.
ALTER TABLE account ADD COLUMN word_before_closing boolean NOT NULL DEFAULT true;
-- So many days after a citizen left (and their last ticket ended) nothing links their cases to a person any more.
ALTER TABLE account ADD COLUMN retention_days smallint NOT NULL DEFAULT 30 CHECK (retention_days BETWEEN 0 AND 1095);
ALTER TABLE citizen ADD COLUMN forgotten_at timestamptz;
CREATE INDEX citizen_left ON citizen (unfollowed_at) WHERE unfollowed_at IS NOT NULL AND forgotten_at IS NULL;
-- Times of arrival follow the order of the rows, so that a tiny index finds the calls of an hour.
CREATE INDEX inbound_received ON inbound USING brin (received_at);
CREATE INDEX inbound_event_of ON inbound (account_id, openid) WHERE kind = 'event';
