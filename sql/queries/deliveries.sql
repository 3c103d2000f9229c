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

-- name: owe_delivery(account_id, citizen_id, ticket_id, answer_id, purpose, body, staff_id, now)$
INSERT INTO delivery
    (account_id, citizen_id, ticket_id, answer_id, purpose, body, state, rung, next_try_at, staff_id, created_at)
VALUES
    (:account_id, :citizen_id, :ticket_id, :answer_id, :purpose, :body, 'owed', 'customer_message', :now, :staff_id, :now)
RETURNING delivery_id;

-- name: answer_under_way(account_id, ticket_id)$
SELECT true FROM delivery
WHERE account_id = :account_id AND ticket_id = :ticket_id AND purpose = 'answer' AND state IN ('owed', 'held');

-- What one citizen is owed goes in the order it was written: nothing is claimed while something older is owed to them.

-- name: claim_deliveries(account_ids, now, wall, lease_until, size)
WITH chosen AS (
    SELECT account_id, delivery_id, lease_until IS NOT NULL AS interrupted FROM delivery
    WHERE account_id = ANY(:account_ids) AND state = 'owed' AND next_try_at <= :now
        AND (lease_until IS NULL OR lease_until <= :wall)
        AND NOT EXISTS (SELECT FROM delivery AS older
                        WHERE older.account_id = delivery.account_id AND older.citizen_id = delivery.citizen_id
                            AND older.state = 'owed' AND older.delivery_id < delivery.delivery_id)
        AND NOT EXISTS (SELECT FROM account_capability
                        WHERE account_capability.account_id = delivery.account_id AND name = 'sending'
                            AND retry_at > :wall)
    ORDER BY next_try_at, delivery_id LIMIT :size
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery SET lease_until = :lease_until
    FROM chosen WHERE delivery.account_id = chosen.account_id AND delivery.delivery_id = chosen.delivery_id
    RETURNING delivery.*, chosen.interrupted
), unknown AS (
    -- A lease that ran out belonged to a worker that died: whether it had sent the text, nobody can say any more.
    INSERT INTO delivery_attempt (account_id, delivery_id, rung, attempted_at, outcome)
    SELECT account_id, delivery_id, rung, :now, 'unknown' FROM claimed WHERE interrupted
)
SELECT claimed.*, ticket.number, coalesce(department.name, '') AS department, citizen.openid, citizen.window_closes_at, citizen.window_left,
    NOT EXISTS (SELECT FROM account_capability
                WHERE account_capability.account_id = claimed.account_id AND name = 'customer_message'
                    AND retry_at > :wall) AS has_right
FROM claimed
JOIN ticket USING (account_id, ticket_id)
LEFT JOIN department ON department.account_id = claimed.account_id AND department.department_id = ticket.department_id
JOIN citizen ON citizen.account_id = claimed.account_id AND citizen.citizen_id = claimed.citizen_id
WHERE claimed.account_id = ANY(:account_ids)
ORDER BY claimed.delivery_id;

-- name: held_deliveries(account_id, citizen_id, wall)
SELECT delivery.*, ticket.number, coalesce(department.name, '') AS department, citizen.openid, citizen.window_closes_at, citizen.window_left,
    NOT EXISTS (SELECT FROM account_capability
                WHERE account_capability.account_id = delivery.account_id AND name = 'customer_message'
                    AND retry_at > :wall) AS has_right
FROM delivery
JOIN ticket USING (account_id, ticket_id)
LEFT JOIN department ON department.account_id = delivery.account_id AND department.department_id = ticket.department_id
JOIN citizen ON citizen.account_id = delivery.account_id AND citizen.citizen_id = delivery.citizen_id
WHERE delivery.account_id = :account_id AND delivery.citizen_id = :citizen_id AND delivery.state = 'held'
ORDER BY delivery.delivery_id;

-- name: delivery_citizen(account_id, delivery_id)$
SELECT citizen_id FROM delivery WHERE account_id = :account_id AND delivery_id = :delivery_id;

-- name: delivery_accepted(account_id, delivery_id, rung, now)^
UPDATE delivery SET state = 'accepted', rung = :rung, accepted_at = :now, attempts = attempts + 1, next_try_at = NULL,
    lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state IN ('owed', 'held')
RETURNING *;

-- name: part_sent(account_id, delivery_id, sent_chars, lease_until)!
UPDATE delivery SET sent_chars = greatest(sent_chars, :sent_chars), lease_until = :lease_until
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: part_given(account_id, delivery_id, sent_chars)$
UPDATE delivery SET sent_chars = greatest(sent_chars, :sent_chars)
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state IN ('owed', 'held')
RETURNING sent_chars >= length(body);

-- name: hold_delivery(account_id, delivery_id)!
UPDATE delivery SET state = 'held', rung = 'passive_reply', attempts = attempts + 1, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: owe_again(account_id, delivery_id, now)!
UPDATE delivery SET state = 'owed', rung = 'customer_message', next_try_at = :now
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'held';

-- name: put_off_delivery(account_id, delivery_id, next_try_at)!
UPDATE delivery SET attempts = attempts + 1, next_try_at = :next_try_at, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: fail_delivery(account_id, delivery_id)!
UPDATE delivery SET state = 'failed', attempts = attempts + 1, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: failed_delivery(account_id, ticket_id, delivery_id)^
SELECT delivery.* FROM delivery JOIN ticket USING (account_id, ticket_id)
WHERE delivery.account_id = :account_id AND delivery.delivery_id = :delivery_id AND delivery.state = 'failed'
    AND (ticket.ticket_id = :ticket_id OR ticket.merged_into_id = :ticket_id);

-- name: owe_failed(account_id, delivery_id, now)!
UPDATE delivery SET state = 'owed', rung = 'customer_message', attempts = 0, next_try_at = :now
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'failed';

-- name: add_attempt(account_id, delivery_id, rung, now, outcome, errcode)!
INSERT INTO delivery_attempt (account_id, delivery_id, rung, attempted_at, outcome, errcode)
VALUES (:account_id, :delivery_id, :rung, :now, :outcome, :errcode);

-- name: deliveries_of(account_id, ticket_id)
SELECT delivery.*, staff.name AS staff_name, ticket.number,
    (SELECT errcode FROM delivery_attempt
     WHERE delivery_attempt.account_id = delivery.account_id AND delivery_attempt.delivery_id = delivery.delivery_id
     ORDER BY attempt_id DESC LIMIT 1) AS last_errcode,
    EXISTS (SELECT FROM delivery_attempt
            WHERE delivery_attempt.account_id = delivery.account_id AND delivery_attempt.delivery_id = delivery.delivery_id
                AND delivery_attempt.outcome = 'unknown') AS unsure
FROM delivery LEFT JOIN staff USING (account_id, staff_id) JOIN ticket USING (account_id, ticket_id)
WHERE delivery.account_id = :account_id
    AND (delivery.ticket_id = :ticket_id OR ticket.merged_into_id = :ticket_id AND delivery.state = 'failed')
ORDER BY delivery.delivery_id;

-- name: attempts_of(account_id, ticket_id)
SELECT delivery_attempt.*
FROM delivery_attempt JOIN delivery USING (account_id, delivery_id)
WHERE delivery.account_id = :account_id AND delivery.ticket_id = :ticket_id
ORDER BY delivery_attempt.attempt_id;

-- name: owed_counts(account_ids)
SELECT state, count(*) AS deliveries, min(created_at) AS oldest_at FROM delivery
WHERE account_id = ANY(:account_ids) AND state IN ('owed', 'held', 'failed')
GROUP BY state;
