-- How far a delivery's text has gone, in characters of its body: parts differ in size between the ways it can go.
ALTER TABLE delivery ADD COLUMN sent_chars integer NOT NULL DEFAULT 0 CHECK (sent_chars >= 0);
ALTER TABLE delivery DROP COLUMN parts_sent;
CREATE INDEX delivery_owed_to ON delivery (account_id, citizen_id, delivery_id) WHERE state = 'owed';

-- Until when a refused right of the account is not tried again; then the next call is the probe.
ALTER TABLE account_capability ADD COLUMN failures smallint NOT NULL DEFAULT 0;
ALTER TABLE account_capability ADD COLUMN retry_at timestamptz;

-- The account's own id on the platform (gh_...), which a call in plain mode is addressed to.
ALTER TABLE account ADD COLUMN original_id text;

-- What the platform reported of a mass send; the report may come before the answer to the request itself.
CREATE TABLE mass_send_report (
    account_id bigint NOT NULL REFERENCES account,
    msg_id text NOT NULL,
    status text NOT NULL,
    sent_count integer NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, msg_id)
);
-- refusal: the platform's words; unsure: a try whose outcome never became known, so the pieces may have gone.
ALTER TABLE digest ADD COLUMN refusal text;
ALTER TABLE digest ADD COLUMN unsure boolean NOT NULL DEFAULT false;
