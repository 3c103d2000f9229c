-- name: put_deadline(account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at)!
INSERT INTO deadline (account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at)
VALUES (:account_id, :ticket_id, :kind, :amount, :unit, :source, :started_at, :due_at, :next_step, :next_step_at)
ON CONFLICT (account_id, ticket_id, kind) DO UPDATE SET amount = EXCLUDED.amount, unit = EXCLUDED.unit,
    source = EXCLUDED.source, due_at = EXCLUDED.due_at, next_step = EXCLUDED.next_step, next_step_at = EXCLUDED.next_step_at
WHERE deadline.ended_at IS NULL;

-- name: deadlines_of(account_id, ticket_id)
SELECT * FROM deadline WHERE account_id = :account_id AND ticket_id = :ticket_id ORDER BY kind;

-- name: meet_deadline(account_id, ticket_id, kind, now)!
UPDATE deadline SET met_at = :now, ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND ended_at IS NULL;

-- name: end_deadlines(account_id, ticket_id, now)!
UPDATE deadline SET ended_at = :now, next_step = NULL, next_step_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND ended_at IS NULL;

-- name: resume_deadline(account_id, ticket_id, kind, next_step, next_step_at)!
UPDATE deadline SET met_at = NULL, ended_at = NULL, next_step = :next_step, next_step_at = :next_step_at
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind;

-- name: claim_steps(account_ids, now, size)
SELECT deadline.account_id, deadline.deadline_id, deadline.ticket_id, deadline.kind, deadline.started_at, deadline.due_at,
    deadline.amount, deadline.unit,
    deadline.next_step, deadline.next_step_at, ticket.department_id
FROM deadline JOIN ticket USING (account_id, ticket_id)
WHERE deadline.account_id = ANY(:account_ids) AND deadline.next_step_at <= :now
ORDER BY deadline.next_step_at
LIMIT :size
FOR UPDATE OF deadline SKIP LOCKED;

-- name: set_next_step(account_id, deadline_id, next_step, next_step_at)!
UPDATE deadline SET next_step = :next_step, next_step_at = :next_step_at
WHERE account_id = :account_id AND deadline_id = :deadline_id;

-- name: add_escalation(account_id, deadline_id, ticket_id, department_id, step, now)$
INSERT INTO escalation (account_id, deadline_id, ticket_id, department_id, step, taken_at)
VALUES (:account_id, :deadline_id, :ticket_id, :department_id, :step, :now)
ON CONFLICT (account_id, deadline_id, step) DO NOTHING
RETURNING escalation_id;

-- name: recent_escalations(account_id, since)
SELECT escalation.step, escalation.taken_at, ticket.number, department.short_name AS department, deadline.kind
FROM escalation
JOIN ticket USING (account_id, ticket_id)
JOIN deadline USING (account_id, deadline_id)
LEFT JOIN department ON department.account_id = escalation.account_id AND department.department_id = escalation.department_id
WHERE escalation.account_id = :account_id AND escalation.taken_at >= :since
ORDER BY escalation.taken_at DESC, escalation.escalation_id DESC
LIMIT 30;
