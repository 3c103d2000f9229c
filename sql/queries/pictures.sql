-- The pictures of a ticket, what its citizen sent and what went with answers and replies, each with its copy in force.

-- name: pictures_of_ticket(account_id, ticket_id, kinds)
WITH source AS (
    SELECT 'media' AS source, media.media_id AS id, media.sha256 AS original_sha256, media.content_type, message.sent_at AS at
    FROM message JOIN media USING (account_id, message_id)
    WHERE message.account_id = :account_id AND message.ticket_id = :ticket_id AND message.direction = 'in'
        AND media.state = 'stored' AND media.content_type = ANY(:kinds::text[])
    UNION ALL
    SELECT 'attachment', attachment.attachment_id, attachment.sha256, attachment.content_type, attachment.added_at
    FROM attachment
    WHERE attachment.account_id = :account_id AND attachment.ticket_id = :ticket_id
        AND attachment.content_type = ANY(:kinds::text[])
        AND EXISTS (SELECT FROM delivery_attachment
                    WHERE delivery_attachment.account_id = attachment.account_id
                        AND delivery_attachment.attachment_id = attachment.attachment_id)
)
SELECT source.*, covered_picture.picture_id, covered_picture.rectangles, covered_picture.nothing_to_cover, covered_picture.sha256,
    covered_picture.width, covered_picture.height, covered_picture.covered_at, covered_picture.publication_id,
    staff.name AS covered_by
FROM source
LEFT JOIN covered_picture ON covered_picture.account_id = :account_id AND covered_picture.removed_at IS NULL
    AND CASE source.source WHEN 'media' THEN covered_picture.media_id ELSE covered_picture.attachment_id END = source.id
LEFT JOIN staff ON staff.account_id = covered_picture.account_id AND staff.staff_id = covered_picture.covered_by
ORDER BY source.source DESC, source.at, source.id;

-- name: add_covered_picture(account_id, ticket_id, media_id, attachment_id, original_sha256, rectangles, nothing_to_cover, sha256, size, width, height, staff_id, now)$
INSERT INTO covered_picture
    (account_id, ticket_id, media_id, attachment_id, original_sha256, rectangles, nothing_to_cover, sha256, size, width, height,
     covered_by, covered_at)
VALUES
    (:account_id, :ticket_id, :media_id, :attachment_id, :original_sha256, :rectangles, :nothing_to_cover, :sha256, :size,
     :width, :height, :staff_id, :now)
RETURNING picture_id;

-- name: remove_covered_picture(account_id, ticket_id, picture_id, staff_id, now)$
UPDATE covered_picture SET removed_by = :staff_id, removed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND picture_id = :picture_id AND removed_at IS NULL
RETURNING picture_id;

-- name: publish_covered_pictures(account_id, ticket_id, picture_ids, publication_id)!
UPDATE covered_picture SET publication_id = :publication_id
WHERE account_id = :account_id AND ticket_id = :ticket_id AND picture_id = ANY(:picture_ids::bigint[]) AND removed_at IS NULL;

-- name: public_picture(account_id, picture_id)^
SELECT picture_id, sha256, size, width, height FROM covered_picture
WHERE account_id = :account_id AND picture_id = :picture_id AND publication_id IS NOT NULL AND removed_at IS NULL;

-- name: public_pictures(account_id, publication_ids)
SELECT publication_id, picture_id, sha256, size, width, height, channel_url FROM covered_picture
WHERE account_id = :account_id AND publication_id = ANY(:publication_ids::bigint[]) AND removed_at IS NULL
ORDER BY publication_id, attachment_id NULLS FIRST, media_id;

-- name: picture_uploaded(account_id, picture_id, channel_url)!
UPDATE covered_picture SET channel_url = :channel_url WHERE account_id = :account_id AND picture_id = :picture_id;
