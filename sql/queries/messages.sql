-- name: add_message(account_id, ticket_id, direction, kind, body, sent_at, inbound_id, staff_id, delivery_id)$
INSERT INTO message (account_id, ticket_id, direction, kind, body, sent_at, inbound_id, staff_id, delivery_id)
VALUES (:account_id, :ticket_id, :direction, :kind, :body, :sent_at, :inbound_id, :staff_id, :delivery_id)
RETURNING message_id;

-- name: messages_of(account_id, ticket_id)
SELECT message.*, staff.name AS staff_name,
    media.media_id, media.state AS media_state, media.kind AS media_kind, media.content_type,
    media.preview_type
FROM message
LEFT JOIN staff USING (account_id, staff_id)
LEFT JOIN media ON media.account_id = message.account_id AND media.message_id = message.message_id
WHERE message.account_id = :account_id AND message.ticket_id = :ticket_id
ORDER BY message.sent_at, message.message_id;

-- name: citizens_words(account_id, ticket_id)
SELECT body FROM message
WHERE account_id = :account_id AND ticket_id = :ticket_id AND direction = 'in' AND kind = 'text'
ORDER BY message_id;

-- name: add_note(account_id, ticket_id, staff_id, body, instruction, now)!
INSERT INTO note (account_id, ticket_id, staff_id, body, instruction, written_at)
VALUES (:account_id, :ticket_id, :staff_id, :body, :instruction, :now);

-- name: notes_of(account_id, ticket_id)
SELECT note.body, note.written_at, note.instruction, staff.name AS staff_name
FROM note JOIN staff USING (account_id, staff_id)
WHERE note.account_id = :account_id AND note.ticket_id = :ticket_id
ORDER BY note.instruction DESC, note.note_id;

-- name: add_media(account_id, message_id, channel_media_id, kind, dies_at, now)!
INSERT INTO media (account_id, message_id, channel_media_id, kind, state, dies_at, next_try_at)
VALUES (:account_id, :message_id, :channel_media_id, :kind, 'owed', :dies_at, :now);

-- name: claim_media(account_ids, now, wall, lease_until, size)
UPDATE media SET lease_until = :lease_until, attempts = attempts + 1
WHERE (account_id, media_id) IN (
    SELECT account_id, media_id FROM media
    WHERE account_id = ANY(:account_ids) AND state = 'owed' AND next_try_at <= :now
        AND (lease_until IS NULL OR lease_until <= :wall)
    ORDER BY next_try_at LIMIT :size
    FOR UPDATE SKIP LOCKED
)
RETURNING account_id, media_id, channel_media_id, kind, attempts, dies_at;

-- name: store_media(account_id, media_id, sha256, content_type, size, preview_sha256, preview_type)!
UPDATE media SET state = 'stored', sha256 = :sha256, content_type = :content_type, size = :size,
    preview_sha256 = :preview_sha256, preview_type = :preview_type, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND media_id = :media_id;

-- name: put_off_media(account_id, media_id, next_try_at)!
UPDATE media SET next_try_at = :next_try_at, lease_until = NULL WHERE account_id = :account_id AND media_id = :media_id;

-- name: lose_media(account_id, media_id)!
UPDATE media SET state = 'lost', next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND media_id = :media_id;

-- name: media_with_ticket(account_id, media_id)^
SELECT media.state, media.sha256, media.content_type, media.kind, media.preview_sha256, media.preview_type, message.ticket_id
FROM media JOIN message USING (account_id, message_id)
WHERE media.account_id = :account_id AND media.media_id = :media_id;

-- name: media_owed(account_ids)^
SELECT count(*) FILTER (WHERE state = 'owed') AS owed, min(dies_at) FILTER (WHERE state = 'owed') AS first_dies_at,
    count(*) FILTER (WHERE state = 'lost') AS lost
FROM media WHERE account_id = ANY(:account_ids) AND state IN ('owed', 'lost');
