-- What each ticket took and how it came out: written by the worker a moment after each event, so that figures need not be
-- reckoned from the whole history again. minutes are working minutes; on_time is null while nothing is decided yet.
CREATE TABLE measure (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    opened_on date NOT NULL,
    department_id bigint,
    kind text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('open', 'answered', 'merged', 'withdrawn')),
    acceptance_minutes integer,
    accepted_on_time boolean,
    first_reply_minutes integer,
    replied_on_time boolean,
    resolution_minutes integer,
    resolved_on_time boolean,
    review_minutes integer,
    solved boolean,
    score smallint,
    returns smallint NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
-- Newest first, and picked within the index: what stands behind a figure.
CREATE INDEX measure_of_day ON measure (account_id, opened_on, ticket_id)
    INCLUDE (department_id, kind, outcome, accepted_on_time, replied_on_time, resolved_on_time, solved, score, returns);

-- In whose hands a ticket was, for how long, and whether they returned it; no department: with the dispatchers.
CREATE TABLE hand (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    place smallint NOT NULL,
    department_id bigint,
    minutes integer NOT NULL,
    returned boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, ticket_id, place),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);

-- Rollups by the day on which the tickets were opened (the account's zone), in four grains: department 0 is all of them, -1 is
-- none; kind '' is all of them.
CREATE TABLE figure_day (
    account_id bigint NOT NULL REFERENCES account,
    department_id bigint NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    received integer NOT NULL,
    answered integer NOT NULL,
    open integer NOT NULL,
    merged integer NOT NULL,
    withdrawn integer NOT NULL,
    acceptance_judged integer NOT NULL,
    accepted_on_time integer NOT NULL,
    reply_judged integer NOT NULL,
    replied_on_time integer NOT NULL,
    judged integer NOT NULL,
    resolved_on_time integer NOT NULL,
    verdicts integer NOT NULL,
    solved integer NOT NULL,
    scored integer NOT NULL,
    satisfied integer NOT NULL,
    returned integer NOT NULL,
    inquiries integer,
    PRIMARY KEY (account_id, department_id, kind, day)
);
-- How many took how long: mergeable, for percentiles of any span of days. bucket: domain/figures.py.
CREATE TABLE figure_bucket (
    account_id bigint NOT NULL REFERENCES account,
    department_id bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL CHECK (name IN ('acceptance', 'first_reply', 'resolution', 'review', 'hand')),
    day date NOT NULL,
    bucket smallint NOT NULL,
    tickets integer NOT NULL,
    PRIMARY KEY (account_id, department_id, kind, name, day, bucket) INCLUDE (tickets)
);
-- Up to which event the figures have looked. What was seen a while ago is certain; later events may still be committed before
-- others that are seen already, so that they are looked at again.
CREATE TABLE figure_mark (
    account_id bigint PRIMARY KEY REFERENCES account,
    event_id bigint NOT NULL,
    seen_event_id bigint NOT NULL,
    seen_at timestamptz NOT NULL
);
-- Inquiries arrive in the order of their time, so that a tiny index finds those of a day.
CREATE INDEX inquiry_asked ON inquiry USING brin (asked_at);
