-- name: owe_delivery(account_id, citizen_id, ticket_id, answer_id, purpose, body, staff_id, now)$
INSERT INTO delivery
    (account_id, citizen_id, ticket_id, answer_id, purpose, body, state, rung, next_try_at, staff_id, created_at, owed_at)
VALUES
    (:account_id, :citizen_id, :ticket_id, :answer_id, :purpose, :body, 'owed', 'customer_message', :now, :staff_id, :now, :now)
RETURNING delivery_id;

-- name: answer_under_way(account_id, ticket_id)$
SELECT true FROM delivery
WHERE account_id = :account_id AND ticket_id = :ticket_id AND purpose = 'answer' AND state IN ('owed', 'held');

-- Accounts with something to send whose bucket holds anything, the one served longest ago first. Locked, so that two workers
-- do not spend the same budget; another worker takes other accounts meanwhile.

-- name: take_turns(account_ids, now, wall, size)
SELECT account.account_id, sends_per_minute,
    least(sends_per_minute, sends_left
        + greatest(0, extract(epoch FROM CAST(:wall AS timestamptz) - counted_at)) * sends_per_minute / 60)::float8 AS sends_left
FROM sending_budget JOIN account USING (account_id)
WHERE sending_budget.account_id = ANY(:account_ids)
    AND EXISTS (SELECT FROM delivery
                WHERE delivery.account_id = sending_budget.account_id AND state = 'owed' AND next_try_at <= :now)
    AND NOT EXISTS (SELECT FROM account_capability
                    WHERE account_capability.account_id = sending_budget.account_id AND name = 'sending' AND retry_at > :wall)
    AND sends_left + greatest(0, extract(epoch FROM CAST(:wall AS timestamptz) - counted_at)) * sends_per_minute / 60 >= 1
ORDER BY counted_at LIMIT :size
FOR UPDATE OF sending_budget SKIP LOCKED;

-- Every further message of one delivery: the first was counted when it was claimed.

-- name: spend_message(account_id)!
UPDATE sending_budget SET sends_left = sends_left - 1 WHERE account_id = :account_id;

-- name: spend_budget(account_id, sends_left, wall)!
UPDATE sending_budget SET sends_left = :sends_left, counted_at = :wall WHERE account_id = :account_id;

-- What one citizen is owed goes in the order it was written: nothing is claimed while something older is owed to them.

-- name: claim_deliveries(account_ids, allowances, now, wall, lease_until)
WITH chosen AS (
    SELECT picked.* FROM unnest(:account_ids::bigint[], :allowances::integer[]) AS given (account_id, allowance)
    CROSS JOIN LATERAL (
        SELECT account_id, delivery_id, lease_until IS NOT NULL AS interrupted FROM delivery
        WHERE delivery.account_id = given.account_id AND state = 'owed' AND next_try_at <= :now
            AND (lease_until IS NULL OR lease_until <= :wall)
            AND NOT EXISTS (SELECT FROM delivery AS older
                            WHERE older.account_id = delivery.account_id AND older.citizen_id = delivery.citizen_id
                                AND older.state = 'owed' AND older.delivery_id < delivery.delivery_id)
        ORDER BY next_try_at, delivery_id LIMIT given.allowance
        FOR UPDATE SKIP LOCKED
    ) AS picked
), claimed AS (
    UPDATE delivery SET lease_until = :lease_until, claims = claims + 1,
        interruptions = interruptions + CASE WHEN chosen.interrupted THEN 1 ELSE 0 END
    FROM chosen WHERE delivery.account_id = chosen.account_id AND delivery.delivery_id = chosen.delivery_id
    RETURNING delivery.*, chosen.interrupted
), unknown AS (
    -- A lease that ran out belonged to a worker that died: whether it had sent the text, nobody can say any more.
    INSERT INTO delivery_attempt (account_id, delivery_id, rung, attempted_at, outcome)
    SELECT account_id, delivery_id, rung, :now, 'unknown' FROM claimed WHERE interrupted
)
SELECT claimed.*, ticket.number, coalesce(department.name, '') AS department, citizen.openid, citizen.window_closes_at,
    citizen.window_left,
    ARRAY(SELECT name FROM account_capability
          WHERE account_capability.account_id = claimed.account_id AND retry_at > :wall) AS resting,
    ARRAY(SELECT account_template.rung FROM account_template WHERE account_template.account_id = claimed.account_id) AS templates,
    ARRAY(SELECT citizen_grant.rung FROM citizen_grant
          WHERE citizen_grant.account_id = claimed.account_id AND citizen_grant.citizen_id = claimed.citizen_id
              AND used_at IS NULL) AS granted,
    EXISTS (SELECT FROM delivery_attachment
            WHERE delivery_attachment.account_id = claimed.account_id
                AND delivery_attachment.delivery_id = claimed.delivery_id) AS has_files,
    ARRAY(SELECT helper.name FROM support JOIN department AS helper USING (account_id, department_id)
          WHERE support.account_id = claimed.account_id AND support.ticket_id = claimed.ticket_id
              AND support.given_at IS NOT NULL AND claimed.purpose = 'answer' ORDER BY support_id) AS together
FROM claimed
JOIN ticket USING (account_id, ticket_id)
LEFT JOIN department ON department.account_id = claimed.account_id AND department.department_id = ticket.department_id
JOIN citizen ON citizen.account_id = claimed.account_id AND citizen.citizen_id = claimed.citizen_id
ORDER BY claimed.delivery_id;

-- name: held_deliveries(account_id, citizen_id, wall)
SELECT delivery.*, ticket.number, coalesce(department.name, '') AS department, citizen.openid, citizen.window_closes_at,
    citizen.window_left,
    ARRAY(SELECT name FROM account_capability
          WHERE account_capability.account_id = delivery.account_id AND retry_at > :wall) AS resting,
    ARRAY(SELECT account_template.rung FROM account_template WHERE account_template.account_id = delivery.account_id) AS templates,
    ARRAY(SELECT citizen_grant.rung FROM citizen_grant
          WHERE citizen_grant.account_id = delivery.account_id AND citizen_grant.citizen_id = delivery.citizen_id
              AND used_at IS NULL) AS granted,
    EXISTS (SELECT FROM delivery_attachment
            WHERE delivery_attachment.account_id = delivery.account_id
                AND delivery_attachment.delivery_id = delivery.delivery_id) AS has_files,
    ARRAY(SELECT helper.name FROM support JOIN department AS helper USING (account_id, department_id)
          WHERE support.account_id = delivery.account_id AND support.ticket_id = delivery.ticket_id
              AND support.given_at IS NOT NULL AND delivery.purpose = 'answer' ORDER BY support_id) AS together
FROM delivery
JOIN ticket USING (account_id, ticket_id)
LEFT JOIN department ON department.account_id = delivery.account_id AND department.department_id = ticket.department_id
JOIN citizen ON citizen.account_id = delivery.account_id AND citizen.citizen_id = delivery.citizen_id
WHERE delivery.account_id = :account_id AND delivery.citizen_id = :citizen_id AND delivery.state = 'held'
ORDER BY delivery.purpose = 'notice', delivery.delivery_id;

-- name: delivery_citizen(account_id, delivery_id)$
SELECT citizen_id FROM delivery WHERE account_id = :account_id AND delivery_id = :delivery_id;

-- name: delivery_accepted(account_id, delivery_id, rung, now)^
UPDATE delivery SET state = 'accepted', rung = :rung, accepted_at = :now, attempts = attempts + 1, next_try_at = NULL,
    lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state IN ('owed', 'held')
RETURNING *;

-- name: hold_claim(account_id, delivery_id, claims, lease_until)$
UPDATE delivery SET lease_until = :lease_until
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed' AND claims = :claims
RETURNING true;

-- name: part_sent(account_id, delivery_id, sent_chars)!
UPDATE delivery SET sent_chars = greatest(sent_chars, :sent_chars)
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: part_given(account_id, delivery_id, sent_chars)$
UPDATE delivery SET sent_chars = greatest(sent_chars, :sent_chars)
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state IN ('owed', 'held')
RETURNING sent_chars >= length(body);

-- name: hold_delivery(account_id, delivery_id)!
UPDATE delivery SET state = 'held', rung = 'passive_reply', attempts = attempts + 1, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: owe_again(account_id, delivery_id, now)!
UPDATE delivery SET state = 'owed', rung = 'customer_message', tried = '{}', next_try_at = :now, owed_at = :now
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'held';

-- A contact begins at the top of the ladder again, also for what was put off on a lower rung.

-- name: begin_anew(account_id, citizen_id, now)!
UPDATE delivery SET tried = '{}', rung = 'customer_message', next_try_at = :now
WHERE account_id = :account_id AND citizen_id = :citizen_id AND state = 'owed' AND tried <> '{}' AND lease_until IS NULL;

-- name: owe_held_answers(account_id, citizen_id, now)!
UPDATE delivery SET state = 'owed', rung = 'customer_message', tried = '{}', next_try_at = :now, owed_at = :now
WHERE account_id = :account_id AND citizen_id = :citizen_id AND state = 'held' AND purpose IN ('answer', 'reply');

-- name: descend_delivery(account_id, delivery_id, refused, rung, now)!
UPDATE delivery SET attempts = attempts + 1, tried = array_append(tried, :refused), rung = :rung, next_try_at = :now,
    lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: put_off_delivery(account_id, delivery_id, next_try_at)!
UPDATE delivery SET attempts = attempts + 1, next_try_at = :next_try_at, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- name: count_interruption(account_id, delivery_id)$
UPDATE delivery SET interruptions = interruptions + 1 WHERE account_id = :account_id AND delivery_id = :delivery_id
RETURNING interruptions;

-- name: fail_delivery(account_id, delivery_id)!
UPDATE delivery SET state = 'failed', attempts = attempts + 1, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state = 'owed';

-- What a person decides about must not be in a worker's hands at that moment.

-- name: lock_stuck(account_id, ticket_id, delivery_id, wall)^
SELECT delivery.* FROM delivery JOIN ticket USING (account_id, ticket_id)
WHERE delivery.account_id = :account_id AND delivery.delivery_id = :delivery_id
    AND delivery.state IN ('owed', 'held', 'failed') AND (delivery.lease_until IS NULL OR delivery.lease_until <= :wall)
    AND (ticket.ticket_id = :ticket_id OR ticket.merged_into_id = :ticket_id)
FOR NO KEY UPDATE OF delivery;

-- name: put_on_rung(account_id, delivery_id, state, rung, tried, next_try_at)!
UPDATE delivery SET state = :state, rung = :rung, tried = :tried, attempts = 0, interruptions = 0, next_try_at = :next_try_at,
    owed_at = coalesce(:next_try_at, owed_at), lease_until = NULL
WHERE account_id = :account_id AND delivery_id = :delivery_id AND state IN ('owed', 'held', 'failed');

-- name: add_attempt(account_id, delivery_id, rung, now, outcome, errcode, staff_id, words)!
INSERT INTO delivery_attempt (account_id, delivery_id, rung, attempted_at, outcome, errcode, staff_id, words)
VALUES (:account_id, :delivery_id, :rung, :now, :outcome, :errcode, :staff_id, :words);

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
SELECT delivery_attempt.*, staff.name AS staff_name
FROM delivery_attempt JOIN delivery USING (account_id, delivery_id)
LEFT JOIN staff ON staff.account_id = delivery_attempt.account_id AND staff.staff_id = delivery_attempt.staff_id
WHERE delivery.account_id = :account_id AND delivery.ticket_id = :ticket_id
ORDER BY delivery_attempt.attempt_id;

-- name: owed_counts(account_ids)
SELECT state, count(*) AS deliveries, min(created_at) AS oldest_at FROM delivery
WHERE account_id = ANY(:account_ids) AND state IN ('owed', 'held', 'failed')
GROUP BY state;

-- Of what is owed, only what did not go at the first try: the page is for people, and most of it goes in seconds.

-- name: stuck_deliveries(account_id, department_id, late, after, size)
SELECT delivery.*, ticket.number, ticket.state AS ticket_state, coalesce(department.short_name, '') AS department,
    citizen.window_closes_at, citizen.window_left, last.errcode AS last_errcode, last.attempted_at AS last_at,
    last.outcome AS last_outcome,
    EXISTS (SELECT FROM delivery_attempt
            WHERE delivery_attempt.account_id = delivery.account_id AND delivery_attempt.delivery_id = delivery.delivery_id
                AND delivery_attempt.outcome = 'unknown') AS unsure,
    coalesce(delivery.next_try_at < :late, false) AS late
FROM delivery
JOIN ticket USING (account_id, ticket_id)
JOIN citizen ON citizen.account_id = delivery.account_id AND citizen.citizen_id = delivery.citizen_id
LEFT JOIN department ON department.account_id = delivery.account_id AND department.department_id = ticket.department_id
LEFT JOIN LATERAL (
    SELECT errcode, attempted_at, outcome FROM delivery_attempt
    WHERE delivery_attempt.account_id = delivery.account_id AND delivery_attempt.delivery_id = delivery.delivery_id
    ORDER BY attempt_id DESC LIMIT 1
) AS last ON true
WHERE delivery.account_id = :account_id AND delivery.delivery_id > :after
    AND (delivery.state IN ('held', 'failed')
        OR delivery.state = 'owed' AND (delivery.attempts > 0 OR delivery.next_try_at < :late))
    AND (CAST(:department_id AS bigint) IS NULL OR ticket.department_id = :department_id)
ORDER BY delivery.delivery_id LIMIT :size;

-- name: stuck_counts(account_id, department_id, late)
SELECT delivery.state, count(*) AS deliveries
FROM delivery JOIN ticket USING (account_id, ticket_id)
WHERE delivery.account_id = :account_id
    AND (delivery.state IN ('held', 'failed')
        OR delivery.state = 'owed' AND (delivery.attempts > 0 OR delivery.next_try_at < :late))
    AND (CAST(:department_id AS bigint) IS NULL OR ticket.department_id = :department_id)
GROUP BY delivery.state;
