-- Topics 热点: what each inquiry speaks of, kept for two months, and the bursts found in it.
CREATE TABLE inquiry_word (
    account_id bigint NOT NULL,
    day date NOT NULL,
    word text NOT NULL,
    ticket_id bigint NOT NULL,
    citizen_id bigint NOT NULL,
    place text,
    PRIMARY KEY (account_id, day, word, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
-- Up to which ticket the account's topics have been looked for.
CREATE TABLE topic_mark (
    account_id bigint PRIMARY KEY REFERENCES account,
    ticket_id bigint NOT NULL
);
-- peak: so many citizens on its strongest day.
CREATE TABLE topic (
    account_id bigint NOT NULL REFERENCES account,
    topic_id bigint GENERATED ALWAYS AS IDENTITY,
    words text[] NOT NULL CHECK (cardinality(words) > 0),
    place text,
    kind text NOT NULL CHECK (kind IN ('burst', 'rising')),
    first_on date NOT NULL,
    last_on date NOT NULL,
    peak integer NOT NULL,
    usual real NOT NULL,
    found_at timestamptz NOT NULL,
    dismissed_by bigint,
    PRIMARY KEY (account_id, topic_id),
    FOREIGN KEY (account_id, dismissed_by) REFERENCES staff
);
CREATE TABLE topic_ticket (
    account_id bigint NOT NULL,
    topic_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    PRIMARY KEY (account_id, topic_id, ticket_id),
    FOREIGN KEY (account_id, topic_id) REFERENCES topic,
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
-- A refutation or notice that went out on it: one of our publications, or one published elsewhere.
CREATE TABLE topic_notice (
    account_id bigint NOT NULL,
    topic_notice_id bigint GENERATED ALWAYS AS IDENTITY,
    topic_id bigint NOT NULL,
    publication_id bigint,
    title text NOT NULL,
    published_at timestamptz NOT NULL,
    added_by bigint NOT NULL,
    PRIMARY KEY (account_id, topic_notice_id),
    FOREIGN KEY (account_id, topic_id) REFERENCES topic,
    FOREIGN KEY (account_id, publication_id) REFERENCES publication,
    FOREIGN KEY (account_id, added_by) REFERENCES staff
);
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('escalation', 'unsolved', 'topic'));
