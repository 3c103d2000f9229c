-- Likeness of published questions, grown as they are published: in how many each token stands, and which have each pair.
-- A token is a character, a pair of neighbours or a word (language/likeness.py); '' counts the questions themselves.
CREATE TABLE likeness_token (
    account_id bigint NOT NULL REFERENCES account,
    token text NOT NULL,
    texts integer NOT NULL CHECK (texts > 0),
    PRIMARY KEY (account_id, token)
);
CREATE TABLE likeness_posting (
    account_id bigint NOT NULL,
    token text NOT NULL,
    publication_id bigint NOT NULL,
    PRIMARY KEY (account_id, token, publication_id),
    FOREIGN KEY (account_id, publication_id) REFERENCES publication
);
ALTER TABLE publication ADD COLUMN likeness_owed boolean NOT NULL DEFAULT true;
CREATE INDEX publication_likeness_owed ON publication (account_id, publication_id) WHERE likeness_owed;

-- What each inquiry is about, for staff who look for the like of it; the worker fills it.
CREATE TABLE inquiry_likeness (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    pairs tsvector NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
CREATE INDEX inquiry_likeness_pairs ON inquiry_likeness USING gin (pairs);
ALTER TABLE ticket ADD COLUMN likeness_owed boolean NOT NULL DEFAULT true;
-- 我也遇到: with the reply the citizen was offered to wait for one answer with others who ask the same.
CREATE TABLE joining_offer (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    into_ticket_id bigint NOT NULL,
    offered_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, into_ticket_id) REFERENCES ticket (account_id, ticket_id)
);
CREATE INDEX ticket_likeness_owed ON ticket (account_id, ticket_id) WHERE likeness_owed;
