-- The open tickets of citizens whose last message came so long ago that their window closes soon, and who were not told since.

-- name: tickets_before_closing(account_ids, now, until, heard_after, heard_before)
SELECT DISTINCT ticket.account_id, ticket.ticket_id
FROM inbound
JOIN account ON account.account_id = inbound.account_id AND account.word_before_closing
JOIN citizen ON citizen.account_id = inbound.account_id AND citizen.openid = inbound.openid
JOIN ticket ON ticket.account_id = citizen.account_id AND ticket.citizen_id = citizen.citizen_id
    AND ticket.state IN ('triage', 'assigned', 'accepted', 'answering')
WHERE inbound.account_id = ANY(:account_ids) AND inbound.kind <> 'event'
    AND inbound.received_at BETWEEN :heard_after AND :heard_before
    AND citizen.following AND citizen.window_left >= 2 AND citizen.window_closes_at BETWEEN :now AND :until
    AND NOT EXISTS (SELECT FROM delivery
                    WHERE delivery.account_id = ticket.account_id AND delivery.ticket_id = ticket.ticket_id
                        AND (delivery.created_at > citizen.window_closes_at - interval '48 hours'
                             OR delivery.state IN ('owed', 'held')))
    AND NOT EXISTS (SELECT FROM account_capability
                    WHERE account_capability.account_id = ticket.account_id AND account_capability.name = 'customer_message'
                        AND NOT account_capability.available)
LIMIT 200;

-- Answers that are four weeks old and about which their citizens have said nothing; those of long ago are left alone.

-- name: tickets_to_ask_again(account_ids, since, until, size)
SELECT ticket.account_id, ticket.ticket_id FROM ticket
JOIN citizen ON citizen.account_id = ticket.account_id AND citizen.citizen_id = ticket.citizen_id AND citizen.following
WHERE ticket.account_id = ANY(:account_ids) AND ticket.asked_again_at IS NULL AND ticket.state IN ('answered', 'closed')
    AND ticket.answered_at BETWEEN :since AND :until
    AND NOT EXISTS (SELECT FROM rating
                    WHERE rating.account_id = ticket.account_id AND rating.ticket_id = ticket.ticket_id)
ORDER BY ticket.answered_at LIMIT :size
FOR NO KEY UPDATE OF ticket SKIP LOCKED;

-- name: asked_again(account_id, ticket_id, now)!
UPDATE ticket SET asked_again_at = :now WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: citizens_to_forget(account_ids, now, size)
SELECT citizen.account_id, citizen.citizen_id, citizen.openid
FROM citizen JOIN account USING (account_id)
WHERE citizen.account_id = ANY(:account_ids) AND citizen.unfollowed_at IS NOT NULL AND citizen.forgotten_at IS NULL
    AND citizen.unfollowed_at < :now::timestamptz - account.retention_days * interval '1 day'
    AND NOT EXISTS (SELECT FROM ticket
                    WHERE ticket.account_id = citizen.account_id AND ticket.citizen_id = citizen.citizen_id
                        AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering'))
ORDER BY citizen.unfollowed_at
LIMIT :size
FOR UPDATE OF citizen SKIP LOCKED;

-- name: forget_citizen(account_id, citizen_id, openid, now)!
WITH unbound AS (
    UPDATE staff SET citizen_id = NULL, tell_by = array_remove(tell_by, 'wechat')
    WHERE account_id = :account_id AND citizen_id = :citizen_id
), never_public AS (
    DELETE FROM covered_picture USING ticket
    WHERE covered_picture.account_id = :account_id AND covered_picture.publication_id IS NULL
        AND ticket.account_id = covered_picture.account_id AND ticket.ticket_id = covered_picture.ticket_id
        AND ticket.citizen_id = :citizen_id
)
UPDATE citizen SET openid = :openid, forgotten_at = :now, window_closes_at = NULL, window_left = 0
WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- One pass over the calls for all who are forgotten together: no index names an openid there, for intake would pay for it.

-- name: forget_calls(account_ids, formers, openids)!
UPDATE inbound SET openid = given.openid, payload = NULL
FROM unnest(:account_ids::bigint[], :formers::text[], :openids::text[]) AS given (account_id, former, openid)
WHERE inbound.account_id = given.account_id AND inbound.openid = given.former;
