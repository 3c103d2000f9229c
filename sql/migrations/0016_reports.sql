-- Reports by mail: who wants which, and each one that is owed to somebody, once.
ALTER TABLE staff ADD COLUMN reports text[] NOT NULL DEFAULT '{}' CHECK (reports <@ ARRAY['day', 'week', 'month']);
CREATE TABLE report (
    account_id bigint NOT NULL,
    report_id bigint GENERATED ALWAYS AS IDENTITY,
    staff_id bigint NOT NULL,
    period text NOT NULL CHECK (period IN ('day', 'week', 'month')),
    since date NOT NULL,
    until date NOT NULL,
    state text NOT NULL CHECK (state IN ('owed', 'sent', 'failed')),
    attempts smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    lease_until timestamptz,
    claims integer NOT NULL DEFAULT 0,
    reason text,
    made_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (account_id, report_id),
    UNIQUE (account_id, staff_id, period, until),
    FOREIGN KEY (account_id, staff_id) REFERENCES staff,
    CHECK ((state = 'owed') = (next_try_at IS NOT NULL)),
    CHECK (since <= until)
);
CREATE INDEX report_owed ON report (account_id, next_try_at) WHERE state = 'owed';
-- A citizen's 未解决 is told to the supervisors and the department, as a step of the ladder is.
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('escalation', 'unsolved'));
DO $$ BEGIN
    EXECUTE (SELECT string_agg(format('ALTER TABLE notice DROP CONSTRAINT %I', conname), '; ') FROM pg_constraint
             WHERE conrelid = 'notice'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%escalation_id IS NOT NULL%');
END $$;
ALTER TABLE notice ADD CHECK ((kind = 'escalation') = (escalation_id IS NOT NULL) AND ticket_id IS NOT NULL);
