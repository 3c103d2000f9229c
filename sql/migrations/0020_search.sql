-- Search over tickets: one document for each, with the words of its messages, notes, answers and publication, and marks.
-- A mark holds a colon, which no word does: b:N the ticket's bucket (2,000 ids), d:N a department that has it.
CREATE TABLE search_document (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
CREATE INDEX search_document_words ON search_document USING gin (words);
-- Up to which event the index has looked, as figure_mark.
CREATE TABLE search_mark (
    account_id bigint PRIMARY KEY REFERENCES account,
    event_id bigint NOT NULL,
    seen_event_id bigint NOT NULL,
    seen_at timestamptz NOT NULL
);
-- The account's own words (villages, compounds, offices), each with others that mean the same.
CREATE TABLE account_word (
    account_id bigint NOT NULL REFERENCES account,
    word text NOT NULL CHECK (char_length(word) BETWEEN 2 AND 40),
    synonyms text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, word)
);
