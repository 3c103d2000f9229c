-- While the ladder is behind and catching up, nobody is told: one message will tell all of it.

-- name: catching_up(account_ids, before, since)$
SELECT EXISTS (SELECT FROM deadline WHERE account_id = ANY(:account_ids) AND next_step_at <= :before)
    AND EXISTS (SELECT FROM escalation WHERE account_id = ANY(:account_ids) AND taken_at >= :since);

-- People with something to be told, locked, so that of two workers one writes the message.

-- name: people_to_tell(account_ids, size)
SELECT account_id, staff_id, tell_by, mail, citizen_id, disabled_at FROM staff
WHERE account_id = ANY(:account_ids)
    AND EXISTS (SELECT FROM notice WHERE notice.account_id = staff.account_id AND notice.staff_id = staff.staff_id
                    AND told_at IS NULL)
ORDER BY account_id, staff_id
LIMIT :size
FOR NO KEY UPDATE SKIP LOCKED;

-- name: supervisors_to_tell(account_id)
SELECT staff_id, tell_by, mail, citizen_id, disabled_at FROM staff
WHERE account_id = :account_id AND role = 'supervisor' AND disabled_at IS NULL ORDER BY staff_id;

-- name: take_untold(account_id, staff_id, now)
WITH told AS (
    UPDATE notice SET told_at = :now WHERE account_id = :account_id AND staff_id = :staff_id AND told_at IS NULL
    RETURNING *
)
SELECT told.facts, ticket.number, department.short_name AS department
FROM told
JOIN escalation USING (account_id, escalation_id)
JOIN ticket ON ticket.account_id = told.account_id AND ticket.ticket_id = told.ticket_id
LEFT JOIN department ON department.account_id = told.account_id AND department.department_id = escalation.department_id
ORDER BY told.notice_id;

-- Steps that the webhook is owed, in the order in which they were taken. Where there is none any more they are owed to nobody.

-- name: take_webhook_owed(account_ids, size)
WITH chosen AS (
    SELECT account_id, escalation_id FROM escalation WHERE account_id = ANY(:account_ids) AND webhook_owed
    ORDER BY escalation_id LIMIT :size FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE escalation SET webhook_owed = false FROM chosen
    WHERE escalation.account_id = chosen.account_id AND escalation.escalation_id = chosen.escalation_id
    RETURNING escalation.*
)
SELECT taken.account_id, taken.step, ticket.number, department.name AS department, deadline.kind AS deadline, deadline.due_at
FROM taken
JOIN account ON account.account_id = taken.account_id AND account.webhook_url IS NOT NULL AND account.webhook_off_at IS NULL
JOIN ticket ON ticket.account_id = taken.account_id AND ticket.ticket_id = taken.ticket_id
JOIN deadline ON deadline.account_id = taken.account_id AND deadline.deadline_id = taken.deadline_id
LEFT JOIN department ON department.account_id = taken.account_id AND department.department_id = taken.department_id
ORDER BY taken.account_id, taken.escalation_id;

-- name: owe_telling(account_id, means, staff_id, facts, now)!
INSERT INTO telling (account_id, means, staff_id, facts, state, next_try_at, made_at)
VALUES (:account_id, :means, :staff_id, :facts, 'owed', :now, :now);

-- A claim counts as a try: a worker that dies over one leaves it to others, but not without end.

-- name: claim_tellings(account_ids, now, wall, lease_until, size)
WITH chosen AS (
    SELECT account_id, telling_id FROM telling
    WHERE account_id = ANY(:account_ids) AND state = 'owed' AND next_try_at <= :now
        AND (lease_until IS NULL OR lease_until <= :wall)
    ORDER BY next_try_at, telling_id LIMIT :size
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE telling SET lease_until = :lease_until, claims = claims + 1, attempts = attempts + 1
    FROM chosen WHERE telling.account_id = chosen.account_id AND telling.telling_id = chosen.telling_id
    RETURNING telling.*
)
SELECT claimed.*, staff.mail, staff.citizen_id, staff.disabled_at IS NULL AS at_work, citizen.openid, citizen.following,
    citizen.window_closes_at, citizen.window_left, account.webhook_url, account.webhook_secret, account.webhook_off_at,
    EXISTS (SELECT FROM account_capability
            WHERE account_capability.account_id = claimed.account_id AND name = 'customer_message' AND retry_at > :wall) AS resting
FROM claimed
JOIN account ON account.account_id = claimed.account_id
LEFT JOIN staff ON staff.account_id = claimed.account_id AND staff.staff_id = claimed.staff_id
LEFT JOIN citizen ON citizen.account_id = claimed.account_id AND citizen.citizen_id = staff.citizen_id
ORDER BY claimed.telling_id;

-- name: end_telling(account_id, telling_id, claims, state, reason, code, sent_at)$
UPDATE telling SET state = :state, reason = :reason, code = :code, sent_at = :sent_at, next_try_at = NULL, lease_until = NULL
WHERE account_id = :account_id AND telling_id = :telling_id AND state = 'owed' AND claims = :claims
RETURNING telling_id;

-- name: put_off_telling(account_id, telling_id, claims, reason, code, next_try_at)$
UPDATE telling SET reason = :reason, code = :code, next_try_at = :next_try_at, lease_until = NULL
WHERE account_id = :account_id AND telling_id = :telling_id AND state = 'owed' AND claims = :claims
RETURNING telling_id;

-- name: forget_tellings(account_ids, before, size)$
WITH old AS (
    SELECT old.account_id, old.telling_id FROM account
    CROSS JOIN LATERAL (
        SELECT account_id, telling_id, made_at, state FROM telling WHERE telling.account_id = account.account_id
        ORDER BY telling_id LIMIT :size
    ) AS old
    WHERE account.account_id = ANY(:account_ids) AND old.made_at < :before AND old.state <> 'owed'
), gone AS (
    DELETE FROM telling USING old WHERE telling.account_id = old.account_id AND telling.telling_id = old.telling_id
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: tellings_of(account_id, staff_id, size)
SELECT telling_id, means, state, reason, code, attempts, made_at, sent_at, next_try_at,
    jsonb_array_length(facts -> 'items') + (facts ->> 'more')::integer AS tickets, facts -> 'topic' AS topic
FROM telling WHERE account_id = :account_id AND staff_id = :staff_id
ORDER BY telling_id DESC LIMIT :size;

-- name: tellings_undone(account_id, since, size)
SELECT telling.telling_id, telling.means, telling.state, telling.reason, telling.code, telling.attempts, telling.made_at,
    telling.next_try_at, staff.name
FROM telling LEFT JOIN staff ON staff.account_id = telling.account_id AND staff.staff_id = telling.staff_id
WHERE telling.account_id = :account_id AND telling.made_at >= :since
    AND (telling.state IN ('failed', 'skipped') OR (telling.state = 'owed' AND telling.reason IS NOT NULL))
ORDER BY telling.telling_id DESC LIMIT :size;
