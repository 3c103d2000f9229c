-- Marks by scope, too: those of a department, or of one account among many, stand for few tickets, so that more of them can be asked
-- for. On a million tickets the index takes some minutes to be built again.
DROP INDEX search_document_words;
CREATE OR REPLACE FUNCTION search_words(account_id bigint, ticket_id bigint, department_ids bigint[], words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT scope || word
        FROM unnest(
                tsvector_to_array(words)
                || ARRAY(SELECT ':m' || size::text || ':' || (ticket_id / size)::text
                         FROM unnest(ARRAY[2000, 16000, 128000]) AS marked (size))
            ) AS said (word),
            unnest(ARRAY['a' || account_id::text || ':'] || ARRAY(SELECT 'd' || id::text || ':' FROM unnest(department_ids) AS had (id)))
                AS seen (scope)
    ))
$$;
CREATE INDEX search_document_words ON search_document
    USING gin (search_words(account_id, ticket_id, department_ids, words)) WITH (fastupdate = off);
