-- name: put_draft(account_id, ticket_id, body, staff_id, now)!
INSERT INTO draft (account_id, ticket_id, body, written_by, written_at)
VALUES (:account_id, :ticket_id, :body, :staff_id, :now)
ON CONFLICT (account_id, ticket_id) DO UPDATE
SET body = EXCLUDED.body, written_by = EXCLUDED.written_by, written_at = EXCLUDED.written_at;

-- name: draft_of(account_id, ticket_id)^
SELECT draft.body, draft.written_at, staff.name AS staff_name
FROM draft JOIN staff ON staff.account_id = draft.account_id AND staff.staff_id = draft.written_by
WHERE draft.account_id = :account_id AND draft.ticket_id = :ticket_id;

-- name: drop_draft(account_id, ticket_id)!
DELETE FROM draft WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: add_answer(account_id, ticket_id, body, staff_id, now)$
INSERT INTO answer (account_id, ticket_id, body, written_by, written_at)
VALUES (:account_id, :ticket_id, :body, :staff_id, :now)
RETURNING answer_id;

-- name: answer_given(account_id, ticket_id)^
SELECT answer.body, answer.written_at, staff.name AS staff_name
FROM answer JOIN staff ON staff.account_id = answer.account_id AND staff.staff_id = answer.written_by
WHERE answer.account_id = :account_id AND answer.ticket_id = :ticket_id
ORDER BY answer.answer_id DESC LIMIT 1;

-- name: add_attachment(account_id, ticket_id, name, content_type, sha256, size, staff_id, now)$
INSERT INTO attachment (account_id, ticket_id, name, content_type, sha256, size, added_by, added_at)
VALUES (:account_id, :ticket_id, :name, :content_type, :sha256, :size, :staff_id, :now)
RETURNING attachment_id;

-- An attachment that went with nothing yet belongs to the draft.

-- name: waiting_attachments(account_id, ticket_id)
SELECT attachment.* FROM attachment
WHERE attachment.account_id = :account_id AND attachment.ticket_id = :ticket_id
    AND NOT EXISTS (SELECT FROM delivery_attachment
                    WHERE delivery_attachment.account_id = attachment.account_id
                        AND delivery_attachment.attachment_id = attachment.attachment_id)
ORDER BY attachment.attachment_id;

-- name: drop_attachment(account_id, ticket_id, attachment_id)$
DELETE FROM attachment
WHERE account_id = :account_id AND ticket_id = :ticket_id AND attachment_id = :attachment_id
    AND NOT EXISTS (SELECT FROM delivery_attachment
                    WHERE delivery_attachment.account_id = attachment.account_id
                        AND delivery_attachment.attachment_id = attachment.attachment_id)
RETURNING attachment_id;

-- name: send_with(account_id, delivery_id, attachment_ids)!
INSERT INTO delivery_attachment (account_id, delivery_id, attachment_id)
SELECT :account_id, :delivery_id, unnest(:attachment_ids::bigint[]);

-- name: attachments_of_delivery(account_id, delivery_id)
SELECT attachment.*, delivery_attachment.sent_at
FROM delivery_attachment JOIN attachment USING (account_id, attachment_id)
WHERE delivery_attachment.account_id = :account_id AND delivery_attachment.delivery_id = :delivery_id
ORDER BY attachment.attachment_id;

-- Everything that went with deliveries of a ticket.

-- name: attachments_sent(account_id, ticket_id)
SELECT attachment.attachment_id, attachment.name, attachment.content_type, attachment.sha256, attachment.size,
    delivery.delivery_id
FROM delivery
JOIN delivery_attachment USING (account_id, delivery_id)
JOIN attachment USING (account_id, attachment_id)
WHERE delivery.account_id = :account_id AND delivery.ticket_id = :ticket_id
ORDER BY delivery.delivery_id, attachment.attachment_id;

-- name: attachment(account_id, attachment_id)^
SELECT * FROM attachment WHERE account_id = :account_id AND attachment_id = :attachment_id;

-- name: attachment_uploaded(account_id, attachment_id, channel_media_id, until)!
UPDATE attachment SET channel_media_id = :channel_media_id, channel_media_until = :until
WHERE account_id = :account_id AND attachment_id = :attachment_id;

-- name: attachment_sent(account_id, delivery_id, attachment_id, now)!
UPDATE delivery_attachment SET sent_at = :now
WHERE account_id = :account_id AND delivery_id = :delivery_id AND attachment_id = :attachment_id;

-- name: written_to(account_id, ticket_id)
SELECT delivery_id, purpose, body, created_at, accepted_at FROM delivery
WHERE account_id = :account_id AND ticket_id = :ticket_id AND purpose IN ('answer', 'reply') AND state <> 'failed'
ORDER BY delivery_id;
