-- Published questions that are alike: their index, which the worker grows, and the candidates for a text.

-- name: take_likeness_owed(account_ids, size)
UPDATE publication SET likeness_owed = false
WHERE (account_id, publication_id) IN (
    SELECT account_id, publication_id FROM publication
    WHERE account_id = ANY(:account_ids) AND likeness_owed
    ORDER BY account_id, publication_id LIMIT :size FOR UPDATE SKIP LOCKED)
RETURNING account_id, publication_id, title, question;

-- name: add_likeness_postings(account_id, tokens, publication_ids)!
INSERT INTO likeness_posting (account_id, token, publication_id)
SELECT :account_id, * FROM unnest(:tokens::text[], :publication_ids::bigint[])
ON CONFLICT DO NOTHING;

-- In the order of the tokens, so that two workers take turns.

-- name: count_likeness_tokens(account_id, tokens, counts)!
INSERT INTO likeness_token (account_id, token, texts)
SELECT :account_id, * FROM unnest(:tokens::text[], :counts::integer[]) AS given (token, texts) ORDER BY given.token
ON CONFLICT (account_id, token) DO UPDATE SET texts = likeness_token.texts + EXCLUDED.texts;

-- The newest of each of the rarest pairs, the more and the rarer shared the better.

-- name: likeness_candidates(account_id, pairs, tokens_most, postings_most, size)
WITH whole AS (SELECT texts FROM likeness_token WHERE account_id = :account_id AND token = ''),
rarest AS (
    SELECT token, ln((1 + whole.texts)::float8 / likeness_token.texts) AS weight,
        sum(likeness_token.texts) OVER (ORDER BY likeness_token.texts, token) AS postings
    FROM likeness_token, whole WHERE account_id = :account_id AND token = ANY(:pairs::text[])
    ORDER BY likeness_token.texts, token LIMIT :tokens_most),
found AS (
    SELECT posting.publication_id, sum(rarest.weight) AS shared
    FROM rarest CROSS JOIN LATERAL (
        SELECT publication_id FROM likeness_posting
        WHERE account_id = :account_id AND token = rarest.token
        ORDER BY publication_id DESC LIMIT CASE WHEN rarest.postings <= :postings_most THEN :postings_most ELSE 300 END) AS posting
    GROUP BY posting.publication_id ORDER BY shared DESC, posting.publication_id DESC LIMIT :size)
SELECT publication_id, title, question FROM found
JOIN publication USING (publication_id) WHERE publication.account_id = :account_id;

-- name: likeness_counts(account_id, tokens)
SELECT token, texts FROM likeness_token WHERE account_id = :account_id AND token = ANY(:tokens::text[]);

-- name: take_inquiry_likeness_owed(account_ids, size)
WITH taken AS (
    UPDATE ticket SET likeness_owed = false
    WHERE (account_id, ticket_id) IN (
        SELECT account_id, ticket_id FROM ticket WHERE account_id = ANY(:account_ids) AND likeness_owed
        ORDER BY account_id, ticket_id LIMIT :size FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING account_id, ticket_id, inquiry_id)
SELECT taken.account_id, taken.ticket_id, inquiry.body
FROM taken JOIN inquiry ON inquiry.account_id = taken.account_id AND inquiry.inquiry_id = taken.inquiry_id;

-- name: add_inquiry_likeness(account_id, ticket_id, pairs)!
INSERT INTO inquiry_likeness (account_id, ticket_id, pairs)
VALUES (:account_id, :ticket_id, array_to_tsvector(:pairs::text[]))
ON CONFLICT (account_id, ticket_id) DO UPDATE SET pairs = EXCLUDED.pairs;

-- The newest that share a pair; + 0 keeps the planner from walking the primary key backwards for rare ones.

-- name: tickets_sharing_pairs(account_id, query, department_id, besides, size)
SELECT ticket.ticket_id, ticket.number, ticket.state, ticket.opened_at, ticket.citizen_id, inquiry.body,
    department.short_name AS department,
    (SELECT answer.body FROM answer
     WHERE answer.account_id = ticket.account_id AND answer.ticket_id = ticket.ticket_id
         AND ticket.state IN ('answered', 'closed')
     ORDER BY answer.answer_id DESC LIMIT 1) AS answer
FROM (
    SELECT ticket.* FROM inquiry_likeness JOIN ticket USING (account_id, ticket_id)
    WHERE account_id = :account_id AND pairs @@ :query::tsquery AND ticket_id <> :besides
        AND ticket.state <> 'withdrawn' AND (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
    ORDER BY ticket_id + 0 DESC LIMIT :size) AS ticket
JOIN inquiry ON inquiry.account_id = :account_id AND inquiry.inquiry_id = ticket.inquiry_id
LEFT JOIN department ON department.account_id = :account_id AND department.department_id = ticket.department_id;

-- name: add_joining_offer(account_id, ticket_id, into_ticket_id, now)!
INSERT INTO joining_offer (account_id, ticket_id, into_ticket_id, offered_at)
VALUES (:account_id, :ticket_id, :into_ticket_id, :now)
ON CONFLICT (account_id, ticket_id) DO NOTHING;

-- name: joining_offer(account_id, ticket_id)$
SELECT into_ticket_id FROM joining_offer WHERE account_id = :account_id AND ticket_id = :ticket_id;
