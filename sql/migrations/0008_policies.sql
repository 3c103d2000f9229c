-- Targets by kind, priority and department, in versions: a row is never changed; a new version retires it. A row without a
-- department holds for all of them; the most particular row that is not retired counts.
ALTER TABLE sla_policy DROP CONSTRAINT sla_policy_pkey;
ALTER TABLE sla_policy ADD COLUMN policy_id bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE sla_policy ADD PRIMARY KEY (account_id, policy_id);
ALTER TABLE sla_policy ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('normal', 'urgent'));
ALTER TABLE sla_policy ADD COLUMN department_id bigint;
ALTER TABLE sla_policy ADD FOREIGN KEY (account_id, department_id) REFERENCES department;
ALTER TABLE sla_policy ADD COLUMN acceptance_amount smallint CHECK (acceptance_amount BETWEEN 0 AND 90);
ALTER TABLE sla_policy ADD COLUMN acceptance_unit text
    CHECK (acceptance_unit IN ('working_hours', 'working_days', 'calendar_hours', 'calendar_days'));
ALTER TABLE sla_policy ADD COLUMN update_amount smallint CHECK (update_amount BETWEEN 1 AND 90);
ALTER TABLE sla_policy ADD COLUMN update_unit text
    CHECK (update_unit IN ('working_hours', 'working_days', 'calendar_hours', 'calendar_days'));
ALTER TABLE sla_policy ADD CHECK ((acceptance_amount IS NULL) = (acceptance_unit IS NULL));
ALTER TABLE sla_policy ADD CHECK ((update_amount IS NULL) = (update_unit IS NULL));
ALTER TABLE sla_policy ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE sla_policy ADD COLUMN made_at timestamptz;
ALTER TABLE sla_policy ADD COLUMN made_by bigint;
ALTER TABLE sla_policy ADD FOREIGN KEY (account_id, made_by) REFERENCES staff;
ALTER TABLE sla_policy ADD COLUMN retired_at timestamptz;
UPDATE sla_policy SET made_at = account.created_at, acceptance_amount = 0, acceptance_unit = 'working_days'
FROM account WHERE account.account_id = sla_policy.account_id;
UPDATE sla_policy SET update_amount = 5, update_unit = 'working_days' WHERE kind = 'complex';
ALTER TABLE sla_policy ALTER COLUMN made_at SET NOT NULL;
ALTER TABLE sla_policy DROP CONSTRAINT IF EXISTS sla_policy_first_reply_amount_check;
ALTER TABLE sla_policy DROP CONSTRAINT IF EXISTS sla_policy_resolution_amount_check;
ALTER TABLE sla_policy DROP CONSTRAINT IF EXISTS sla_policy_first_reply_unit_check;
ALTER TABLE sla_policy DROP CONSTRAINT IF EXISTS sla_policy_resolution_unit_check;
ALTER TABLE sla_policy ADD CONSTRAINT sla_policy_first_reply CHECK (first_reply_amount BETWEEN 0 AND 365
    AND first_reply_unit IN ('working_hours', 'working_days', 'calendar_hours', 'calendar_days'));
ALTER TABLE sla_policy ADD CONSTRAINT sla_policy_resolution CHECK (resolution_amount BETWEEN 0 AND 365
    AND resolution_unit IN ('working_hours', 'working_days', 'calendar_hours', 'calendar_days'));
CREATE UNIQUE INDEX policy_in_force ON sla_policy (account_id, kind, priority, coalesce(department_id, 0)) WHERE retired_at IS NULL;

ALTER TABLE ticket ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('normal', 'urgent'));
-- Returned twice: a dispatcher has decided whose matter it is, and it cannot be returned again.
ALTER TABLE ticket ADD COLUMN designated boolean NOT NULL DEFAULT false;
ALTER TABLE assignment ADD COLUMN designated boolean NOT NULL DEFAULT false;
ALTER TABLE assignment ADD COLUMN return_clause smallint;
-- The departments that support the one in the lead (协办), as long as the ticket lives: they see it.
ALTER TABLE ticket ADD COLUMN supporters bigint[] NOT NULL DEFAULT '{}';
-- Four weeks after the answer the citizen is asked once more whether it held.
ALTER TABLE ticket ADD COLUMN asked_again_at timestamptz;
CREATE INDEX ticket_to_ask_again ON ticket (account_id, answered_at) WHERE asked_again_at IS NULL AND answered_at IS NOT NULL;

-- More clocks: 签收, an update every so often (a round each), a supporting department's share, a promise in an answer. round
-- numbers those of one kind; policy_id names the version that a date came from (no foreign key: intake would pay for it, and
-- a policy is never removed); department_id is whose clock it is where that is not the ticket's department.
ALTER TABLE deadline DROP CONSTRAINT deadline_kind_check;
ALTER TABLE deadline ADD CONSTRAINT deadline_kind_check
    CHECK (kind IN ('acceptance', 'first_reply', 'update', 'resolution', 'support', 'promise'));
DO $$ BEGIN
    EXECUTE (SELECT string_agg(format('ALTER TABLE deadline DROP CONSTRAINT %I', conname), '; ') FROM pg_constraint
             WHERE conrelid = 'deadline'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%unit%');
END $$;
ALTER TABLE deadline ADD CONSTRAINT deadline_unit_check
    CHECK (unit IN ('working_hours', 'working_days', 'calendar_hours', 'calendar_days'));
ALTER TABLE deadline ADD COLUMN round integer NOT NULL DEFAULT 0;
ALTER TABLE deadline ADD COLUMN policy_id bigint;
ALTER TABLE deadline ADD COLUMN department_id bigint;
ALTER TABLE deadline DROP CONSTRAINT deadline_account_id_ticket_id_kind_key;
ALTER TABLE deadline ADD UNIQUE (account_id, ticket_id, kind, round);

CREATE TABLE support (
    account_id bigint NOT NULL,
    support_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    department_id bigint NOT NULL,
    question text NOT NULL,
    asked_by bigint NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    body text,
    given_by bigint,
    given_at timestamptz,
    dropped_at timestamptz,
    PRIMARY KEY (account_id, support_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, asked_by) REFERENCES staff,
    FOREIGN KEY (account_id, given_by) REFERENCES staff,
    CHECK ((body IS NULL) = (given_at IS NULL))
);
CREATE INDEX support_of_ticket ON support (account_id, ticket_id, support_id);
CREATE UNIQUE INDEX support_open ON support (account_id, ticket_id, department_id) WHERE given_at IS NULL AND dropped_at IS NULL;
CREATE INDEX support_owed ON support (account_id, department_id, due_at) WHERE given_at IS NULL AND dropped_at IS NULL;

-- Words of an answer that promise something by a day: offered to the department as a dated task, kept or not.
CREATE TABLE promise (
    account_id bigint NOT NULL,
    promise_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    department_id bigint NOT NULL,
    words text NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('offered', 'kept', 'dismissed', 'done')),
    found_at timestamptz NOT NULL,
    decided_by bigint,
    decided_at timestamptz,
    outcome text,
    PRIMARY KEY (account_id, promise_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, decided_by) REFERENCES staff,
    CHECK ((state = 'offered') = (decided_at IS NULL))
);
CREATE INDEX promise_of_ticket ON promise (account_id, ticket_id, promise_id);
CREATE INDEX promise_to_keep ON promise (account_id, department_id, due_at) WHERE state = 'kept';
