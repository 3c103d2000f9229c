-- name: put_deadline(account_id, ticket_id, kind, round, policy_id, department_id, amount, unit, source, started_at, due_at, next_step, next_step_at)!
INSERT INTO deadline (account_id, ticket_id, kind, round, policy_id, department_id, amount, unit, source, started_at, due_at,
    next_step, next_step_at)
VALUES (:account_id, :ticket_id, :kind, :round, :policy_id, :department_id, :amount, :unit, :source, :started_at, :due_at,
    :next_step, :next_step_at)
ON CONFLICT (account_id, ticket_id, kind, round) DO UPDATE SET amount = EXCLUDED.amount, unit = EXCLUDED.unit,
    source = EXCLUDED.source, policy_id = EXCLUDED.policy_id, due_at = EXCLUDED.due_at, next_step = EXCLUDED.next_step, next_step_at = EXCLUDED.next_step_at
WHERE deadline.ended_at IS NULL;

-- name: deadlines_of(account_id, ticket_id)
SELECT deadline.*, sla_policy.version AS policy_version, department.short_name AS whose
FROM deadline
LEFT JOIN sla_policy ON sla_policy.account_id = deadline.account_id AND sla_policy.policy_id = deadline.policy_id
LEFT JOIN department ON department.account_id = deadline.account_id AND department.department_id = deadline.department_id
WHERE deadline.account_id = :account_id AND deadline.ticket_id = :ticket_id
ORDER BY array_position(ARRAY['acceptance', 'first_reply', 'update', 'resolution', 'support', 'promise'], deadline.kind),
    deadline.round;

-- name: meet_deadline(account_id, ticket_id, kind, now)!
UPDATE deadline SET met_at = :now, ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND ended_at IS NULL;

-- name: end_deadlines_of_kind(account_id, ticket_id, kind, now)!
UPDATE deadline SET ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND ended_at IS NULL;

-- name: meet_round(account_id, ticket_id, kind, round, now)!
UPDATE deadline SET met_at = :now, ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND round = :round AND ended_at IS NULL;

-- name: end_round(account_id, ticket_id, kind, round, now)!
UPDATE deadline SET ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND round = :round AND ended_at IS NULL;

-- name: end_deadlines(account_id, ticket_id, now)!
UPDATE deadline SET ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND ended_at IS NULL;

-- name: resume_deadline(account_id, deadline_id, next_step, next_step_at)!
UPDATE deadline SET met_at = NULL, ended_at = NULL, next_step = :next_step, next_step_at = :next_step_at
WHERE account_id = :account_id AND deadline_id = :deadline_id;

-- What a worker claims stays locked until its transaction ends; another takes other rows meanwhile. Most clocks never paused.

-- name: claim_steps(account_ids, now, size)
WITH due AS (
    SELECT account_id, deadline_id, ticket_id, kind, amount, unit, started_at, due_at, next_step, next_step_at, department_id
    FROM deadline
    WHERE account_id = ANY(:account_ids) AND next_step_at <= :now
    ORDER BY next_step_at
    LIMIT :size
    FOR UPDATE SKIP LOCKED
)
SELECT due.account_id, due.deadline_id, due.ticket_id, due.kind, due.amount, due.unit, due.started_at, due.due_at,
    due.next_step, due.next_step_at, coalesce(due.department_id, ticket.department_id) AS department_id,
    EXISTS (SELECT FROM clock_pause WHERE clock_pause.account_id = due.account_id AND clock_pause.ticket_id = due.ticket_id)
        AS paused
FROM due JOIN ticket ON ticket.account_id = due.account_id AND ticket.ticket_id = due.ticket_id
ORDER BY due.next_step_at;

-- Each step once: a step that was recorded before is passed over without an event, and tells nobody. Whom it concerns: the
-- staff of the department in whose hands it is, and everybody of the given roles, which are never the staff's own.

-- name: take_steps(rows)
WITH given AS (
    SELECT * FROM json_to_recordset(:rows::json) AS given (
        account_id bigint, deadline_id bigint, ticket_id bigint, department_id bigint, kind text, step text,
        taken_at timestamptz, following text, following_at timestamptz, due_at timestamptz, roles text[], webhook boolean)
), taken AS (
    INSERT INTO escalation (account_id, deadline_id, ticket_id, department_id, step, taken_at, webhook_owed)
    SELECT account_id, deadline_id, ticket_id, department_id, step, taken_at, webhook FROM given
    ON CONFLICT (account_id, deadline_id, step) DO NOTHING
    RETURNING account_id, deadline_id, escalation_id
), happened AS (
    INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, facts)
    SELECT account_id, ticket_id, 'escalated', taken_at, jsonb_build_object('step', step, 'deadline', kind)
    FROM given JOIN taken USING (account_id, deadline_id)
), concerned AS (
    SELECT given.account_id, given.deadline_id, staff.staff_id FROM given
    JOIN staff ON staff.account_id = given.account_id AND staff.department_id = given.department_id AND staff.disabled_at IS NULL
    UNION ALL
    SELECT given.account_id, given.deadline_id, staff.staff_id FROM given
    JOIN staff ON staff.account_id = given.account_id AND staff.department_id IS NULL AND staff.role = ANY(given.roles)
        AND staff.disabled_at IS NULL
), noticed AS (
    INSERT INTO notice (account_id, staff_id, escalation_id, ticket_id, kind, facts, made_at)
    SELECT given.account_id, concerned.staff_id, taken.escalation_id, given.ticket_id, 'escalation',
        jsonb_build_object('step', step, 'deadline', kind, 'due_at', due_at), taken_at
    FROM given JOIN taken USING (account_id, deadline_id) JOIN concerned USING (account_id, deadline_id)
    ON CONFLICT (account_id, escalation_id, staff_id) DO NOTHING
), moved AS (
    UPDATE deadline SET next_step = given.following, next_step_at = given.following_at
    FROM given WHERE deadline.account_id = given.account_id AND deadline.deadline_id = given.deadline_id
)
SELECT account_id, deadline_id FROM taken;

-- name: recent_escalations(account_id, since)
SELECT escalation.step, escalation.taken_at, ticket.number, department.short_name AS department, deadline.kind
FROM escalation
JOIN ticket USING (account_id, ticket_id)
JOIN deadline USING (account_id, deadline_id)
LEFT JOIN department ON department.account_id = escalation.account_id AND department.department_id = escalation.department_id
WHERE escalation.account_id = :account_id AND escalation.taken_at >= :since
ORDER BY escalation.taken_at DESC, escalation.escalation_id DESC
LIMIT 30;
