-- How a person wants to hear of the ladder. citizen_id: their own WeChat, known to the account as any citizen's.
ALTER TABLE staff ADD COLUMN mail text;
ALTER TABLE staff ADD COLUMN citizen_id bigint;
ALTER TABLE staff ADD COLUMN tell_by text[] NOT NULL DEFAULT '{}' CHECK (tell_by <@ ARRAY['mail', 'wechat']);
-- The hash of the code that binds it, good once and until then (true time).
ALTER TABLE staff ADD COLUMN binding_hash bytea;
ALTER TABLE staff ADD COLUMN binding_until timestamptz;
ALTER TABLE staff ADD FOREIGN KEY (account_id, citizen_id) REFERENCES citizen;
ALTER TABLE staff ADD CHECK ((binding_hash IS NULL) = (binding_until IS NULL));
CREATE UNIQUE INDEX staff_bound ON staff (account_id, citizen_id) WHERE citizen_id IS NOT NULL;
CREATE UNIQUE INDEX staff_binding ON staff (account_id, binding_hash) WHERE binding_hash IS NOT NULL;
CREATE INDEX staff_of_department ON staff (account_id, department_id) WHERE disabled_at IS NULL;

-- How many working hours after the breach 督办 and 通报 come.
ALTER TABLE account ADD COLUMN supervised_after_hours smallint NOT NULL DEFAULT 4 CHECK (supervised_after_hours BETWEEN 1 AND 80);
ALTER TABLE account ADD COLUMN notified_after_hours smallint NOT NULL DEFAULT 16 CHECK (notified_after_hours BETWEEN 2 AND 400);
ALTER TABLE account ADD CHECK (notified_after_hours > supervised_after_hours);
-- A program of the government's own that is told of each step; webhook_off_at: it answered that it is gone.
ALTER TABLE account ADD COLUMN webhook_url text;
ALTER TABLE account ADD COLUMN webhook_secret bytea;
ALTER TABLE account ADD COLUMN webhook_off_at timestamptz;
ALTER TABLE account ADD CHECK ((webhook_url IS NULL) = (webhook_secret IS NULL));
-- A step that the webhook has not been given yet.
ALTER TABLE escalation ADD COLUMN webhook_owed boolean NOT NULL DEFAULT false;
CREATE INDEX escalation_webhook_owed ON escalation (account_id, escalation_id) WHERE webhook_owed;

-- What one person is to know; told_at: it was put into a message, or there is no means but the page.
CREATE TABLE notice (
    account_id bigint NOT NULL,
    notice_id bigint GENERATED ALWAYS AS IDENTITY,
    staff_id bigint NOT NULL,
    escalation_id bigint,
    ticket_id bigint,
    kind text NOT NULL CHECK (kind IN ('escalation')),
    facts jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    read_at timestamptz,
    told_at timestamptz,
    -- A person's own are read by this key; the ticket is the escalation's, which refers to it.
    PRIMARY KEY (account_id, staff_id, notice_id),
    UNIQUE (account_id, escalation_id, staff_id),
    FOREIGN KEY (account_id, staff_id) REFERENCES staff,
    FOREIGN KEY (account_id, escalation_id) REFERENCES escalation,
    CHECK ((kind = 'escalation') = (escalation_id IS NOT NULL AND ticket_id IS NOT NULL))
);
CREATE INDEX notice_unread ON notice (account_id, staff_id) WHERE read_at IS NULL;
CREATE INDEX notice_untold ON notice (account_id, staff_id) WHERE told_at IS NULL;

-- One thing owed through one means: to a person, or to the account's webhook. reason, code: why the last try failed.
CREATE TABLE telling (
    account_id bigint NOT NULL REFERENCES account,
    telling_id bigint GENERATED ALWAYS AS IDENTITY,
    means text NOT NULL CHECK (means IN ('mail', 'wechat', 'webhook')),
    staff_id bigint,
    facts jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('owed', 'sent', 'failed', 'skipped')),
    attempts smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    lease_until timestamptz,
    claims integer NOT NULL DEFAULT 0,
    reason text,
    code integer,
    made_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (account_id, telling_id),
    FOREIGN KEY (account_id, staff_id) REFERENCES staff,
    CHECK ((means = 'webhook') = (staff_id IS NULL)),
    CHECK ((state = 'owed') = (next_try_at IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX telling_owed ON telling (account_id, next_try_at) WHERE state = 'owed';
CREATE INDEX telling_of_staff ON telling (account_id, staff_id, telling_id DESC);
CREATE INDEX telling_undone ON telling (account_id, telling_id DESC) WHERE state <> 'sent';
