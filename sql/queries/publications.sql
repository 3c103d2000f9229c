-- name: to_publish(account_id, size)
SELECT ticket.number, ticket.kind, ticket.answered_at, inquiry.body, department.short_name AS department
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.state IN ('answered', 'closed')
    AND NOT EXISTS (SELECT FROM publication
                    WHERE publication.account_id = ticket.account_id AND publication.ticket_id = ticket.ticket_id)
ORDER BY ticket.answered_at DESC
LIMIT :size;

-- name: add_publication(account_id, ticket_id, department_id, title, question, answer, masked_also, kept, masking, for_digest, staff_id, now, words)$
INSERT INTO publication
    (account_id, ticket_id, department_id, title, question, answer, masked_also, kept, masking, for_digest, confirmed_by, published_at,
     words)
VALUES
    (:account_id, :ticket_id, :department_id, :title, :question, :answer, :masked_also, :kept, :masking, :for_digest, :staff_id, :now,
     array_to_tsvector(:words::text[]))
ON CONFLICT (account_id, ticket_id) DO NOTHING
RETURNING publication_id;

-- name: publication_of(account_id, ticket_id)^
SELECT * FROM publication WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: publication_by_id(account_id, publication_id)^
SELECT publication.*, department.short_name AS department, department.name AS department_name
FROM publication JOIN department USING (account_id, department_id)
WHERE publication.account_id = :account_id AND publication.publication_id = :publication_id;

-- name: newest_publications(account_id, department, id_before, size)
SELECT publication.*, department.short_name AS department
FROM publication JOIN department USING (account_id, department_id)
WHERE publication.account_id = :account_id AND publication.publication_id < :id_before
    AND (:department::text IS NULL OR department.code = :department)
ORDER BY publication.publication_id DESC
LIMIT :size;

-- + 0 keeps the planner from walking the primary key backwards for rare words.

-- name: search_publications(account_id, query, size)
SELECT publication.*, department.short_name AS department
FROM publication JOIN department USING (account_id, department_id)
WHERE publication.account_id = :account_id AND publication.words @@ :query::tsquery
ORDER BY publication.publication_id + 0 DESC
LIMIT :size;

-- name: waiting_pieces(account_id)
SELECT publication.publication_id, publication.title, publication.published_at, department.short_name AS department
FROM publication JOIN department USING (account_id, department_id)
WHERE publication.account_id = :account_id AND publication.for_digest
    AND NOT EXISTS (SELECT FROM digest_piece
                    WHERE digest_piece.account_id = publication.account_id
                        AND digest_piece.publication_id = publication.publication_id)
ORDER BY publication.published_at, publication.publication_id
LIMIT 50;

-- name: drop_piece(account_id, publication_id)$
UPDATE publication SET for_digest = false
WHERE account_id = :account_id AND publication_id = :publication_id AND for_digest
RETURNING publication_id;

-- name: digest_on(account_id, day)^
SELECT * FROM digest WHERE account_id = :account_id AND push_on = :day;

-- name: add_digest(account_id, push_on, push_at, client_msg_id, now)$
INSERT INTO digest (account_id, push_on, push_at, state, client_msg_id, next_try_at)
VALUES (:account_id, :push_on, :push_at, 'owed', :client_msg_id, :now)
ON CONFLICT (account_id, push_on) DO NOTHING
RETURNING digest_id;

-- name: add_digest_piece(account_id, digest_id, position, publication_id)!
INSERT INTO digest_piece (account_id, digest_id, position, publication_id)
VALUES (:account_id, :digest_id, :position, :publication_id);

-- name: digest_pieces(account_id, digest_id)
SELECT publication.publication_id, publication.title, publication.question, publication.answer,
    department.name AS department
FROM digest_piece
JOIN publication USING (account_id, publication_id)
JOIN department USING (account_id, department_id)
WHERE digest_piece.account_id = :account_id AND digest_piece.digest_id = :digest_id
ORDER BY digest_piece.position;

-- name: recent_digests(account_id)
SELECT digest.*,
    (SELECT count(*) FROM digest_piece
     WHERE digest_piece.account_id = digest.account_id AND digest_piece.digest_id = digest.digest_id) AS pieces
FROM digest WHERE digest.account_id = :account_id
ORDER BY digest.push_on DESC LIMIT 10;

-- name: claim_digests(account_ids, now, wall, lease_until, size)
UPDATE digest SET lease_until = :lease_until, attempts = attempts + 1
WHERE (account_id, digest_id) IN (
    SELECT account_id, digest_id FROM digest
    WHERE account_id = ANY(:account_ids) AND state = 'owed' AND next_try_at <= :now
        AND (lease_until IS NULL OR lease_until <= :wall)
    ORDER BY next_try_at LIMIT :size
    FOR UPDATE SKIP LOCKED
)
RETURNING account_id, digest_id, client_msg_id, draft_media_id, attempts, push_on, push_at, unsure;

-- name: keep_draft_media(account_id, digest_id, media_id)!
UPDATE digest SET draft_media_id = :media_id WHERE account_id = :account_id AND digest_id = :digest_id;

-- name: digest_submitted(account_id, digest_id, msg_id)!
UPDATE digest SET state = 'submitted', msg_id = :msg_id, errcode = NULL, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND digest_id = :digest_id;

-- name: put_off_digest(account_id, digest_id, next_try_at, errcode, unsure)!
UPDATE digest SET next_try_at = :next_try_at, errcode = :errcode, unsure = :unsure, lease_until = NULL
WHERE account_id = :account_id AND digest_id = :digest_id;

-- name: fail_digest(account_id, digest_id, errcode, refusal)!
UPDATE digest SET state = 'failed', errcode = :errcode, refusal = :refusal, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND digest_id = :digest_id;

-- name: release_pieces(account_id, digest_id)
DELETE FROM digest_piece USING digest
WHERE digest_piece.account_id = :account_id AND digest_piece.digest_id = :digest_id
    AND digest.account_id = digest_piece.account_id AND digest.digest_id = digest_piece.digest_id AND digest.state = 'failed'
RETURNING publication_id;

-- name: keep_report(account_id, msg_id, status, sent_count, now)!
INSERT INTO mass_send_report (account_id, msg_id, status, sent_count, reported_at)
VALUES (:account_id, :msg_id, :status, :sent_count, :now)
ON CONFLICT (account_id, msg_id) DO NOTHING;

-- name: mass_send_report(account_id, msg_id)^
SELECT * FROM mass_send_report WHERE account_id = :account_id AND msg_id = :msg_id;

-- name: digest_sent(account_id, msg_id, sent_count, now)!
UPDATE digest SET state = 'sent', sent_at = :now, sent_count = :sent_count
WHERE account_id = :account_id AND msg_id = :msg_id AND state = 'submitted';

-- name: digest_not_sent(account_id, msg_id, refusal)!
UPDATE digest SET state = 'failed', refusal = :refusal
WHERE account_id = :account_id AND msg_id = :msg_id AND state = 'submitted';
