-- A small picture, or a voice that browsers play, made from what came.
ALTER TABLE media ADD COLUMN preview_sha256 text;
ALTER TABLE media ADD COLUMN preview_type text;
ALTER TABLE media ADD CHECK ((preview_sha256 IS NULL) = (preview_type IS NULL));

-- A file that staff send with an answer. channel_media_id is the platform's name of an uploaded picture, for a while (true time).
CREATE TABLE attachment (
    account_id bigint NOT NULL,
    attachment_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    name text NOT NULL,
    content_type text NOT NULL,
    sha256 text NOT NULL,
    size integer NOT NULL,
    added_by bigint NOT NULL,
    added_at timestamptz NOT NULL,
    channel_media_id text,
    channel_media_until timestamptz,
    PRIMARY KEY (account_id, attachment_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, added_by) REFERENCES staff
);
CREATE INDEX attachment_of_ticket ON attachment (account_id, ticket_id, attachment_id);
CREATE TABLE delivery_attachment (
    account_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    attachment_id bigint NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (account_id, delivery_id, attachment_id),
    FOREIGN KEY (account_id, delivery_id) REFERENCES delivery,
    FOREIGN KEY (account_id, attachment_id) REFERENCES attachment
);
CREATE INDEX attachment_went_with ON delivery_attachment (account_id, attachment_id);

-- The ladder: tried names the rungs that refused this delivery for good, until the citizen's next contact.
ALTER TABLE delivery DROP CONSTRAINT delivery_rung_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_rung_check CHECK (rung IN ('customer_message', 'one_time_subscription',
    'template_message', 'subscription_notice', 'passive_reply', 'phone_call'));
ALTER TABLE delivery ADD COLUMN tried text[] NOT NULL DEFAULT '{}';
-- A call by phone: who made it, and what was said.
ALTER TABLE delivery_attempt ADD COLUMN staff_id bigint;
ALTER TABLE delivery_attempt ADD COLUMN words text;
ALTER TABLE delivery_attempt ADD FOREIGN KEY (account_id, staff_id) REFERENCES staff;
DROP INDEX delivery_owed;
CREATE INDEX delivery_owed ON delivery (account_id, next_try_at) WHERE state = 'owed';
CREATE INDEX delivery_stuck ON delivery (account_id, delivery_id) WHERE state IN ('held', 'failed');

-- The template that an account uses for a rung; fields maps the template's names to the desk's (number, department, excerpt, day).
CREATE TABLE account_template (
    account_id bigint NOT NULL REFERENCES account,
    rung text NOT NULL CHECK (rung IN ('one_time_subscription', 'template_message', 'subscription_notice')),
    template_id text NOT NULL,
    fields jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, rung)
);
-- A citizen's leave to be sent one message.
CREATE TABLE citizen_grant (
    account_id bigint NOT NULL,
    grant_id bigint GENERATED ALWAYS AS IDENTITY,
    citizen_id bigint NOT NULL,
    rung text NOT NULL CHECK (rung IN ('one_time_subscription', 'subscription_notice')),
    template_id text NOT NULL,
    scene text NOT NULL DEFAULT '',
    dedupe_key text NOT NULL,
    granted_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, grant_id),
    UNIQUE (account_id, dedupe_key),
    FOREIGN KEY (account_id, citizen_id) REFERENCES citizen
);
CREATE INDEX grant_left ON citizen_grant (account_id, citizen_id, rung, grant_id) WHERE used_at IS NULL;

-- How much an account may send: a bucket of a minute's worth, filled in true time.
ALTER TABLE account ADD COLUMN sends_per_minute integer NOT NULL DEFAULT 1200 CHECK (sends_per_minute BETWEEN 1 AND 60000);
CREATE TABLE sending_budget (
    account_id bigint PRIMARY KEY REFERENCES account,
    sends_left double precision NOT NULL,
    counted_at timestamptz NOT NULL
);
INSERT INTO sending_budget (account_id, sends_left, counted_at) SELECT account_id, sends_per_minute, created_at FROM account;
-- When the platform was last asked what the account may do (true time).
ALTER TABLE account ADD COLUMN probed_at timestamptz;

-- Something that ought not to be so, from when it was found until it was over.
CREATE TABLE alarm (
    account_id bigint NOT NULL REFERENCES account,
    alarm_id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (name IN ('intake_silent', 'delivery_late', 'media_dying')),
    facts jsonb NOT NULL,
    raised_at timestamptz NOT NULL,
    cleared_at timestamptz,
    PRIMARY KEY (account_id, alarm_id)
);
CREATE UNIQUE INDEX alarm_on ON alarm (account_id, name) WHERE cleared_at IS NULL;

-- The citizen's verdict on an answer; the newest of a ticket counts. score: 5 very satisfied ... 1 very dissatisfied.
CREATE TABLE rating (
    account_id bigint NOT NULL,
    rating_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    solved boolean,
    score smallint CHECK (score BETWEEN 1 AND 5),
    words text NOT NULL,
    rated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, rating_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    CHECK (solved IS NOT NULL OR score IS NOT NULL)
);
CREATE INDEX rating_of_ticket ON rating (account_id, ticket_id, rating_id);

-- Replies that went without the published answers that are alike, because so many calls waited: found out afterwards.
ALTER TABLE ticket ADD COLUMN alike_owed_at timestamptz;
CREATE INDEX ticket_alike_owed ON ticket (account_id, alike_owed_at) WHERE alike_owed_at IS NOT NULL;
