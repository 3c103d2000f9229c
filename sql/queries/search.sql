-- The index of all that a ticket says, its looking, and the account's own words.

-- name: search_marks(account_ids)
SELECT account_id, event_id, seen_event_id, seen_at FROM search_mark WHERE account_id = ANY(:account_ids);

-- name: put_search_mark(account_id, event_id, seen_event_id, seen_at)!
INSERT INTO search_mark (account_id, event_id, seen_event_id, seen_at)
VALUES (:account_id, :event_id, :seen_event_id, :seen_at)
ON CONFLICT (account_id) DO UPDATE SET event_id = EXCLUDED.event_id, seen_event_id = EXCLUDED.seen_event_id,
    seen_at = EXCLUDED.seen_at;

-- name: accounts_to_index(account_ids, settled)
SELECT account.account_id FROM account LEFT JOIN search_mark USING (account_id)
WHERE account.account_id = ANY(:account_ids)
    AND (SELECT max(event_id) FROM ticket_event WHERE ticket_event.account_id = account.account_id)
        > coalesce(CASE WHEN seen_at <= :settled THEN seen_event_id ELSE event_id END, 0)
ORDER BY account.account_id;

-- name: take_search_turn(account_id)$
SELECT pg_try_advisory_xact_lock(hashtext('search'), (account_id % 2147483647)::integer) FROM account
WHERE account_id = :account_id;

-- name: texts_of_tickets(account_id, ticket_ids, longest)
SELECT ticket.ticket_id, ticket.department_id,
    ARRAY(SELECT department_id FROM support
          WHERE support.account_id = ticket.account_id AND support.ticket_id = ticket.ticket_id) AS supporting,
    ARRAY(SELECT left(body, :longest) FROM message
          WHERE message.account_id = ticket.account_id AND message.ticket_id = ticket.ticket_id ORDER BY message_id)
    || ARRAY(SELECT left(body, :longest) FROM note
             WHERE note.account_id = ticket.account_id AND note.ticket_id = ticket.ticket_id ORDER BY note_id)
    || ARRAY(SELECT left(body, :longest) FROM answer
             WHERE answer.account_id = ticket.account_id AND answer.ticket_id = ticket.ticket_id ORDER BY answer_id)
    || ARRAY(SELECT title || E'\n' || question || E'\n' || publication.answer FROM publication
             WHERE publication.account_id = ticket.account_id AND publication.ticket_id = ticket.ticket_id) AS texts
FROM ticket WHERE ticket.account_id = :account_id AND ticket.ticket_id = ANY(:ticket_ids);

-- name: put_search_documents(account_id, documents)!
INSERT INTO search_document (account_id, ticket_id, department_ids, words)
SELECT :account_id, ticket_id, department_ids, array_to_tsvector(ARRAY(SELECT jsonb_array_elements_text(words)))
FROM jsonb_to_recordset(:documents::jsonb) AS given (ticket_id bigint, department_ids bigint[], words jsonb)
ON CONFLICT (account_id, ticket_id) DO UPDATE SET department_ids = EXCLUDED.department_ids, words = EXCLUDED.words
WHERE (search_document.department_ids, search_document.words) IS DISTINCT FROM (EXCLUDED.department_ids, EXCLUDED.words);

-- + 0 keeps the planner from walking the primary key backwards for rare words.

-- name: search_tickets(account_id, query, id_before, size)
SELECT ticket_id FROM search_document
WHERE account_id = :account_id AND search_words(account_id, ticket_id, department_ids, words) @@ :query::tsquery
    AND ticket_id < :id_before
ORDER BY ticket_id + 0 DESC LIMIT :size;

-- name: newest_document(account_id)$
SELECT coalesce(max(ticket_id), 0) FROM search_document WHERE account_id = :account_id;

-- name: tickets_found(account_id, ticket_ids)
SELECT ticket.ticket_id, ticket.number, ticket.state, ticket.kind, ticket.opened_at, ticket.due_at,
    department.short_name AS department
FROM ticket LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.ticket_id = ANY(:ticket_ids)
ORDER BY ticket.ticket_id DESC;

-- name: account_words(account_id)
SELECT word, synonyms FROM account_word WHERE account_id = :account_id ORDER BY word;

-- name: drop_account_words(account_id)!
DELETE FROM account_word WHERE account_id = :account_id;

-- name: add_account_word(account_id, word, synonyms)!
INSERT INTO account_word (account_id, word, synonyms) VALUES (:account_id, :word, :synonyms);
