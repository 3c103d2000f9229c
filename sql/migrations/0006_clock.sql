-- Calendar time beside working time, for clocks that a statute sets.
ALTER TABLE sla_policy DROP CONSTRAINT sla_policy_kind_check;
ALTER TABLE sla_policy ADD CHECK (kind IN ('question', 'help', 'complaint', 'complex', 'petition', 'disclosure'));
ALTER TABLE sla_policy DROP CONSTRAINT sla_policy_first_reply_unit_check;
ALTER TABLE sla_policy DROP CONSTRAINT sla_policy_resolution_unit_check;
ALTER TABLE sla_policy ADD CHECK (first_reply_unit IN ('working_hours', 'working_days', 'calendar_days'));
ALTER TABLE sla_policy ADD CHECK (resolution_unit IN ('working_hours', 'working_days', 'calendar_days'));
ALTER TABLE deadline DROP CONSTRAINT deadline_unit_check;
ALTER TABLE deadline ADD CHECK (unit IN ('working_hours', 'working_days', 'calendar_days'));
ALTER TABLE ticket DROP CONSTRAINT ticket_kind_check;
ALTER TABLE ticket ADD CHECK (kind IN ('question', 'help', 'complaint', 'complex', 'petition', 'disclosure'));
INSERT INTO sla_policy (account_id, kind, first_reply_amount, first_reply_unit, resolution_amount, resolution_unit, source)
SELECT account_id, preset.kind, first_amount, first_unit, amount, unit, preset.source
FROM account CROSS JOIN (VALUES
    ('petition', 15::smallint, 'calendar_days', 60::smallint, 'calendar_days', 'petition-regulations'),
    ('disclosure', 2::smallint, 'working_hours', 20::smallint, 'working_days', 'disclosure-regulations')
) AS preset (kind, first_amount, first_unit, amount, unit, source)
ON CONFLICT DO NOTHING;

-- How long the answer's clock may wait for a citizen (working days), and how often for one ticket.
ALTER TABLE account ADD COLUMN pause_days smallint NOT NULL DEFAULT 5 CHECK (pause_days BETWEEN 1 AND 30);
ALTER TABLE account ADD COLUMN pauses_most smallint NOT NULL DEFAULT 2 CHECK (pauses_most BETWEEN 0 AND 10);

CREATE TABLE clock_pause (
    account_id bigint NOT NULL,
    pause_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    question text NOT NULL,
    paused_by bigint NOT NULL,
    paused_at timestamptz NOT NULL,
    ends_by timestamptz NOT NULL,
    resumed_at timestamptz,
    resumed_by text CHECK (resumed_by IN ('citizen', 'bound', 'staff', 'end')),
    PRIMARY KEY (account_id, pause_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, paused_by) REFERENCES staff,
    CHECK (ends_by > paused_at),
    CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX pause_open ON clock_pause (account_id, ticket_id) WHERE resumed_at IS NULL;
CREATE INDEX pause_of_ticket ON clock_pause (account_id, ticket_id, pause_id);
CREATE INDEX pause_ends ON clock_pause (account_id, ends_by) WHERE resumed_at IS NULL;

CREATE TABLE extension (
    account_id bigint NOT NULL,
    extension_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    amount smallint NOT NULL CHECK (amount BETWEEN 1 AND 60),
    reason text NOT NULL,
    asked_by bigint NOT NULL,
    asked_at timestamptz NOT NULL,
    granted boolean,
    decided_by bigint,
    decided_at timestamptz,
    words text NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, extension_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, asked_by) REFERENCES staff,
    FOREIGN KEY (account_id, decided_by) REFERENCES staff,
    CHECK ((granted IS NULL) = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);
CREATE UNIQUE INDEX extension_open ON extension (account_id, ticket_id) WHERE granted IS NULL;
CREATE INDEX extension_of_ticket ON extension (account_id, ticket_id, extension_id);
CREATE INDEX extension_undecided ON extension (account_id, asked_at) WHERE granted IS NULL;
