-- A question walks only the postings of those whose tickets it may find: the index takes each word once for the account
-- (a<account>:word) and once for each department that has the ticket (d<department>:word), and marks of 2,000, 16,000 and 128,000
-- ticket ids (m<size>:<number>; usecases/searching asks by them). The worker writes all documents anew.
DROP TABLE search_document;
DELETE FROM search_mark;
CREATE FUNCTION search_words(account_id bigint, ticket_id bigint, department_ids bigint[], words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT scope || word
        FROM unnest(tsvector_to_array(words)) AS said (word),
            unnest(ARRAY['a' || account_id::text || ':'] || ARRAY(SELECT 'd' || id::text || ':' FROM unnest(department_ids) AS had (id)))
                AS seen (scope)
        UNION ALL
        SELECT 'm' || size::text || ':' || (ticket_id / size)::text FROM unnest(ARRAY[2000, 16000, 128000]) AS marked (size)
    ))
$$;
CREATE TABLE search_document (
    account_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    department_ids bigint[] NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (account_id, ticket_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket
);
-- Without a pending list, which every question would have to read through: the worker can wait instead.
CREATE INDEX search_document_words ON search_document
    USING gin (search_words(account_id, ticket_id, department_ids, words)) WITH (fastupdate = off);
