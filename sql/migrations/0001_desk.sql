-- The desk. Every table carries account_id and every key begins with it, so that a platform of thousands of accounts can
-- shard on that column. The only exceptions are the directory of accounts (a reference table) and its code.

CREATE TABLE account (
    account_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('subscription', 'service')),
    appid text NOT NULL,
    secret bytea NOT NULL,
    token bytea NOT NULL,
    aes_key bytea NOT NULL,
    previous_aes_key bytea,
    mode text NOT NULL CHECK (mode IN ('plain', 'compatible', 'safe')),
    api_base text NOT NULL,
    timezone text NOT NULL DEFAULT 'Asia/Shanghai',
    work_intervals jsonb NOT NULL DEFAULT '[["08:30", "12:00"], ["14:30", "17:30"]]',
    push_at time NOT NULL DEFAULT '17:00',
    pieces_aimed smallint NOT NULL DEFAULT 3 CHECK (pieces_aimed BETWEEN 1 AND 5),
    close_after_days smallint NOT NULL DEFAULT 7 CHECK (close_after_days BETWEEN 1 AND 90),
    cover_media_id text,
    created_at timestamptz NOT NULL
);

CREATE TABLE account_capability (
    account_id bigint NOT NULL REFERENCES account,
    name text NOT NULL,
    available boolean NOT NULL,
    errcode integer,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- One access token for all processes of an account; refreshing_until is the lease of the one that renews it.
CREATE TABLE channel_token (
    account_id bigint PRIMARY KEY REFERENCES account,
    token bytea,
    expires_at timestamptz,
    refreshing_until timestamptz
);

CREATE TABLE calendar_year (
    account_id bigint NOT NULL REFERENCES account,
    year smallint NOT NULL,
    source text NOT NULL,
    filled_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, year)
);

-- The days that are not what their weekday says: holidays, and make-up workdays (调休).
CREATE TABLE calendar_day (
    account_id bigint NOT NULL REFERENCES account,
    day date NOT NULL,
    working boolean NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (account_id, day)
);

CREATE TABLE sla_policy (
    account_id bigint NOT NULL REFERENCES account,
    kind text NOT NULL CHECK (kind IN ('question', 'help', 'complaint', 'complex')),
    first_reply_amount smallint NOT NULL CHECK (first_reply_amount > 0),
    first_reply_unit text NOT NULL CHECK (first_reply_unit IN ('working_hours', 'working_days')),
    resolution_amount smallint NOT NULL CHECK (resolution_amount > 0),
    resolution_unit text NOT NULL CHECK (resolution_unit IN ('working_hours', 'working_days')),
    source text NOT NULL,
    PRIMARY KEY (account_id, kind)
);

CREATE TABLE department (
    account_id bigint NOT NULL REFERENCES account,
    department_id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    name text NOT NULL,
    short_name text NOT NULL,
    phone text NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, department_id),
    UNIQUE (account_id, code)
);

CREATE TABLE duty (
    account_id bigint NOT NULL,
    duty_id bigint GENERATED ALWAYS AS IDENTITY,
    department_id bigint NOT NULL,
    clause smallint NOT NULL CHECK (clause > 0),
    title text NOT NULL,
    keywords text[] NOT NULL,
    PRIMARY KEY (account_id, duty_id),
    UNIQUE (account_id, department_id, clause),
    FOREIGN KEY (account_id, department_id) REFERENCES department
);

CREATE TABLE staff (
    account_id bigint NOT NULL REFERENCES account,
    staff_id bigint GENERATED ALWAYS AS IDENTITY,
    login text NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('staff', 'dispatcher', 'editor', 'supervisor', 'admin')),
    department_id bigint,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (account_id, staff_id),
    UNIQUE (account_id, login),
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    CHECK ((role = 'staff') = (department_id IS NOT NULL))
);

CREATE TABLE session (
    account_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    staff_id bigint NOT NULL,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, token_hash),
    FOREIGN KEY (account_id, staff_id) REFERENCES staff
);

CREATE TABLE login_attempt (
    account_id bigint NOT NULL REFERENCES account,
    subject text NOT NULL,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, subject)
);

CREATE TABLE api_token (
    account_id bigint NOT NULL REFERENCES account,
    token_id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (account_id, token_id),
    UNIQUE (account_id, token_hash),
    UNIQUE (account_id, name)
);

-- A person as one account knows them. The reply window is the platform's: until when, and how many messages are left.
CREATE TABLE citizen (
    account_id bigint NOT NULL REFERENCES account,
    citizen_id bigint GENERATED ALWAYS AS IDENTITY,
    openid text NOT NULL,
    following boolean NOT NULL,
    first_seen_at timestamptz NOT NULL,
    unfollowed_at timestamptz,
    window_closes_at timestamptz,
    window_left smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, citizen_id),
    UNIQUE (account_id, openid)
);

-- Everything the platform called us with, once. reply is what we answered, so that a repeated call gets the same words.
CREATE TABLE inbound (
    account_id bigint NOT NULL REFERENCES account,
    inbound_id bigint GENERATED ALWAYS AS IDENTITY,
    dedupe_key text NOT NULL,
    openid text NOT NULL,
    kind text NOT NULL,
    received_at timestamptz NOT NULL,
    sent_at timestamptz,
    payload jsonb,
    reply jsonb,
    PRIMARY KEY (account_id, inbound_id),
    UNIQUE (account_id, dedupe_key)
);

CREATE TABLE ticket_counter (
    account_id bigint NOT NULL REFERENCES account,
    day date NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (account_id, day)
);

-- What was asked; written once, never changed, and the left side of the balance.
CREATE TABLE inquiry (
    account_id bigint NOT NULL,
    inquiry_id bigint GENERATED ALWAYS AS IDENTITY,
    citizen_id bigint NOT NULL,
    body text NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, inquiry_id),
    FOREIGN KEY (account_id, citizen_id) REFERENCES citizen
);

CREATE TABLE ticket (
    account_id bigint NOT NULL,
    ticket_id bigint GENERATED ALWAYS AS IDENTITY,
    inquiry_id bigint NOT NULL,
    number text NOT NULL,
    citizen_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN
        ('new', 'triage', 'assigned', 'accepted', 'answering', 'answered', 'closed', 'merged', 'withdrawn')),
    kind text NOT NULL CHECK (kind IN ('question', 'help', 'complaint', 'complex')),
    department_id bigint,
    routing jsonb NOT NULL,
    returns smallint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    due_at timestamptz,
    answered_at timestamptz,
    answer_delivery_id bigint,
    answer_delivery_state text GENERATED ALWAYS AS (CASE WHEN answer_delivery_id IS NOT NULL THEN 'accepted' END) STORED,
    closed_at timestamptz,
    withdrawal text,
    merged_into_id bigint,
    follows_id bigint,
    PRIMARY KEY (account_id, ticket_id),
    UNIQUE (account_id, number),
    UNIQUE (account_id, inquiry_id),
    FOREIGN KEY (account_id, inquiry_id) REFERENCES inquiry,
    FOREIGN KEY (account_id, citizen_id) REFERENCES citizen,
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, merged_into_id) REFERENCES ticket,
    FOREIGN KEY (account_id, follows_id) REFERENCES ticket,
    -- 有问必复: no ticket ends without an answer that the channel accepted, or a recorded withdrawal, or another ticket.
    CONSTRAINT ended_with_an_accepted_answer
        CHECK (state NOT IN ('answered', 'closed') OR (answer_delivery_id IS NOT NULL AND answered_at IS NOT NULL)),
    CONSTRAINT withdrawn_with_a_record CHECK ((state = 'withdrawn') = (withdrawal IS NOT NULL)),
    CONSTRAINT merged_into_another CHECK ((state = 'merged') = (merged_into_id IS NOT NULL) AND merged_into_id <> ticket_id),
    CONSTRAINT held_by_a_department CHECK
        (state NOT IN ('assigned', 'accepted', 'answering', 'answered', 'closed') OR department_id IS NOT NULL)
);
CREATE INDEX ticket_open_by_due ON ticket (account_id, due_at, ticket_id)
    WHERE state IN ('new', 'triage', 'assigned', 'accepted', 'answering');
CREATE INDEX ticket_open_by_department ON ticket (account_id, department_id, due_at, ticket_id)
    WHERE state IN ('new', 'triage', 'assigned', 'accepted', 'answering');
CREATE INDEX ticket_of_citizen ON ticket (account_id, citizen_id, ticket_id DESC);
CREATE INDEX ticket_of_department ON ticket (account_id, department_id, ticket_id DESC);
CREATE INDEX ticket_merged_into ON ticket (account_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX ticket_answered ON ticket (account_id, answered_at) WHERE state = 'answered';

CREATE TABLE message (
    account_id bigint NOT NULL,
    message_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    kind text NOT NULL,
    body text NOT NULL,
    sent_at timestamptz NOT NULL,
    inbound_id bigint,
    staff_id bigint,
    delivery_id bigint,
    PRIMARY KEY (account_id, message_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, inbound_id) REFERENCES inbound,
    FOREIGN KEY (account_id, staff_id) REFERENCES staff
);
CREATE INDEX message_of_ticket ON message (account_id, ticket_id, message_id);

-- A picture, voice or film that the platform keeps for three days: owed until it is ours.
CREATE TABLE media (
    account_id bigint NOT NULL,
    media_id bigint GENERATED ALWAYS AS IDENTITY,
    message_id bigint NOT NULL,
    channel_media_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('image', 'voice', 'video')),
    state text NOT NULL CHECK (state IN ('owed', 'stored', 'lost')),
    dies_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    lease_until timestamptz,
    sha256 text,
    content_type text,
    size integer,
    PRIMARY KEY (account_id, media_id),
    FOREIGN KEY (account_id, message_id) REFERENCES message,
    CHECK ((state = 'stored') = (sha256 IS NOT NULL))
);
CREATE INDEX media_owed ON media (next_try_at) WHERE state = 'owed';
CREATE INDEX media_of_message ON media (account_id, message_id);

CREATE TABLE note (
    account_id bigint NOT NULL,
    note_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, note_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, staff_id) REFERENCES staff
);
CREATE INDEX note_of_ticket ON note (account_id, ticket_id, note_id);

CREATE TABLE assignment (
    account_id bigint NOT NULL,
    assignment_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    department_id bigint NOT NULL,
    assigned_by bigint,
    assigned_at timestamptz NOT NULL,
    reason text NOT NULL,
    accepted_by bigint,
    accepted_at timestamptz,
    returned_by bigint,
    returned_at timestamptz,
    return_reason text,
    PRIMARY KEY (account_id, assignment_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, assigned_by) REFERENCES staff,
    FOREIGN KEY (account_id, accepted_by) REFERENCES staff,
    FOREIGN KEY (account_id, returned_by) REFERENCES staff,
    CHECK ((returned_at IS NULL) = (return_reason IS NULL))
);
CREATE INDEX assignment_of_ticket ON assignment (account_id, ticket_id, assignment_id);

CREATE TABLE deadline (
    account_id bigint NOT NULL,
    deadline_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('first_reply', 'resolution')),
    amount smallint NOT NULL,
    unit text NOT NULL CHECK (unit IN ('working_hours', 'working_days')),
    source text NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    met_at timestamptz,
    ended_at timestamptz,
    next_step text,
    next_step_at timestamptz,
    PRIMARY KEY (account_id, deadline_id),
    UNIQUE (account_id, ticket_id, kind),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    CHECK ((next_step IS NULL) = (next_step_at IS NULL)),
    CHECK (met_at IS NULL OR ended_at IS NOT NULL)
);
-- The one index that the clock reads across accounts; its query still names the accounts it serves.
CREATE INDEX deadline_next_step ON deadline (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE INDEX deadline_started ON deadline (account_id, kind, started_at);

CREATE TABLE escalation (
    account_id bigint NOT NULL,
    escalation_id bigint GENERATED ALWAYS AS IDENTITY,
    deadline_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    department_id bigint,
    step text NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, escalation_id),
    UNIQUE (account_id, deadline_id, step),
    FOREIGN KEY (account_id, deadline_id) REFERENCES deadline,
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
CREATE INDEX escalation_taken ON escalation (account_id, taken_at DESC);

CREATE TABLE draft (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    body text NOT NULL,
    written_by bigint NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, written_by) REFERENCES staff
);

-- What a citizen gets. One answer may be owed to many (me too), each with a delivery of their own.
CREATE TABLE answer (
    account_id bigint NOT NULL,
    answer_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    body text NOT NULL,
    written_by bigint NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, answer_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, written_by) REFERENCES staff
);
CREATE INDEX answer_of_ticket ON answer (account_id, ticket_id, answer_id);

-- One thing owed to one citizen. parts_sent counts the pieces of a long text that have gone, so that none goes twice.
CREATE TABLE delivery (
    account_id bigint NOT NULL,
    delivery_id bigint GENERATED ALWAYS AS IDENTITY,
    citizen_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    answer_id bigint,
    purpose text NOT NULL CHECK (purpose IN ('reply', 'answer')),
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('owed', 'held', 'accepted', 'failed')),
    rung text NOT NULL CHECK (rung IN ('customer_message', 'passive_reply')),
    parts_sent smallint NOT NULL DEFAULT 0,
    attempts smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    lease_until timestamptz,
    staff_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    accepted_at timestamptz,
    PRIMARY KEY (account_id, delivery_id),
    UNIQUE (account_id, delivery_id, state),
    FOREIGN KEY (account_id, citizen_id) REFERENCES citizen,
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, answer_id) REFERENCES answer,
    FOREIGN KEY (account_id, staff_id) REFERENCES staff,
    CHECK ((state = 'accepted') = (accepted_at IS NOT NULL)),
    CHECK ((state = 'owed') = (next_try_at IS NOT NULL)),
    CHECK ((purpose = 'answer') = (answer_id IS NOT NULL))
);
CREATE INDEX delivery_owed ON delivery (next_try_at) WHERE state = 'owed';
CREATE INDEX delivery_held ON delivery (account_id, citizen_id, delivery_id) WHERE state = 'held';
CREATE INDEX delivery_of_ticket ON delivery (account_id, ticket_id, delivery_id);

ALTER TABLE ticket ADD CONSTRAINT answer_was_accepted
    FOREIGN KEY (account_id, answer_delivery_id, answer_delivery_state)
    REFERENCES delivery (account_id, delivery_id, state);

CREATE TABLE delivery_attempt (
    account_id bigint NOT NULL,
    attempt_id bigint GENERATED ALWAYS AS IDENTITY,
    delivery_id bigint NOT NULL,
    rung text NOT NULL,
    attempted_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused', 'put_off', 'unknown')),
    errcode integer,
    PRIMARY KEY (account_id, attempt_id),
    FOREIGN KEY (account_id, delivery_id) REFERENCES delivery
);
CREATE INDEX attempt_of_delivery ON delivery_attempt (account_id, delivery_id, attempt_id);

CREATE TABLE ticket_event (
    account_id bigint NOT NULL,
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    kind text NOT NULL,
    happened_at timestamptz NOT NULL,
    staff_id bigint,
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, event_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, staff_id) REFERENCES staff
);
CREATE INDEX event_of_ticket ON ticket_event (account_id, ticket_id, event_id);

-- A masked question and its public answer, stored apart from the private ones. kept names the spans that an editor
-- decided to leave readable in the answer.
CREATE TABLE publication (
    account_id bigint NOT NULL,
    publication_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    department_id bigint NOT NULL,
    title text NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    masked_also text[] NOT NULL,
    kept text[] NOT NULL,
    for_digest boolean NOT NULL,
    confirmed_by bigint NOT NULL,
    published_at timestamptz NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (account_id, publication_id),
    UNIQUE (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, confirmed_by) REFERENCES staff
);
CREATE INDEX publication_words ON publication USING gin (words);
CREATE INDEX publication_newest ON publication (account_id, publication_id DESC);

-- One push to followers a day; the unique day and the five positions are the essay's ceiling.
CREATE TABLE digest (
    account_id bigint NOT NULL,
    digest_id bigint GENERATED ALWAYS AS IDENTITY,
    push_on date NOT NULL,
    push_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('owed', 'submitted', 'sent', 'failed')),
    client_msg_id text NOT NULL,
    draft_media_id text,
    msg_id text,
    errcode integer,
    attempts smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    lease_until timestamptz,
    sent_at timestamptz,
    sent_count integer,
    PRIMARY KEY (account_id, digest_id),
    UNIQUE (account_id, push_on),
    CHECK ((state = 'owed') = (next_try_at IS NOT NULL))
);
CREATE INDEX digest_owed ON digest (next_try_at) WHERE state = 'owed';

CREATE TABLE digest_piece (
    account_id bigint NOT NULL,
    digest_id bigint NOT NULL,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 5),
    publication_id bigint NOT NULL,
    PRIMARY KEY (account_id, digest_id, position),
    UNIQUE (account_id, publication_id),
    FOREIGN KEY (account_id, digest_id) REFERENCES digest,
    FOREIGN KEY (account_id, publication_id) REFERENCES publication
);
