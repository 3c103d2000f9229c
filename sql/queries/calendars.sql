-- name: calendar_version(account_id)$
SELECT version FROM account WHERE account_id = :account_id;

-- Inquiries are dated under a shared lock of this row: from here on none is dated by the calendar that goes.

-- name: hold_calendar(account_id)$
SELECT version FROM account WHERE account_id = :account_id FOR NO KEY UPDATE;

-- name: running_deadlines(account_id)
SELECT deadline.deadline_id, deadline.ticket_id, deadline.kind, deadline.amount, deadline.unit, deadline.started_at,
    deadline.due_at, deadline.next_step, deadline.next_step_at, ticket.number, ticket.citizen_id,
    department.short_name AS department,
    EXISTS (SELECT FROM delivery WHERE delivery.account_id = deadline.account_id AND delivery.ticket_id = deadline.ticket_id
                AND delivery.purpose = 'answer' AND delivery.state IN ('owed', 'held')) AS answer_under_way
FROM deadline
JOIN ticket ON ticket.account_id = deadline.account_id AND ticket.ticket_id = deadline.ticket_id
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE deadline.account_id = :account_id AND deadline.ended_at IS NULL
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY deadline.ticket_id, deadline.kind;

-- name: pauses_running(account_id)
SELECT clock_pause.ticket_id, clock_pause.paused_at, clock_pause.resumed_at, clock_pause.ends_by
FROM clock_pause JOIN ticket ON ticket.account_id = clock_pause.account_id AND ticket.ticket_id = clock_pause.ticket_id
WHERE clock_pause.account_id = :account_id AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY clock_pause.pause_id;

-- name: extensions_running(account_id)
SELECT extension.ticket_id, extension.amount, extension.decided_at, extension.reason
FROM extension JOIN ticket ON ticket.account_id = extension.account_id AND ticket.ticket_id = extension.ticket_id
WHERE extension.account_id = :account_id AND extension.granted
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY extension.extension_id;

-- name: lock_open_tickets(account_id)!
SELECT ticket_id FROM ticket
WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY ticket_id FOR NO KEY UPDATE;

-- name: lock_running_deadlines(account_id)!
SELECT deadline.deadline_id
FROM deadline JOIN ticket ON ticket.account_id = deadline.account_id AND ticket.ticket_id = deadline.ticket_id
WHERE deadline.account_id = :account_id AND deadline.ended_at IS NULL
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY deadline.deadline_id FOR NO KEY UPDATE OF deadline;

-- Rows whose date stays have another step only, and no event.

-- name: move_deadlines(account_id, rows, staff_id, now)!
WITH given AS (
    SELECT * FROM json_to_recordset(:rows::json) AS given (
        deadline_id bigint, ticket_id bigint, kind text, due_at timestamptz, next_step text, next_step_at timestamptz,
        facts jsonb)
), moved AS (
    UPDATE deadline SET due_at = given.due_at, next_step = given.next_step, next_step_at = given.next_step_at
    FROM given
    WHERE deadline.account_id = :account_id AND deadline.deadline_id = given.deadline_id AND deadline.ended_at IS NULL
)
INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, staff_id, facts)
SELECT :account_id, ticket_id, 'calendar_moved', :now, :staff_id, facts FROM given WHERE facts IS NOT NULL
ORDER BY ticket_id, kind;

-- name: set_dues(account_id, ticket_ids)!
UPDATE ticket SET due_at = running.due_at
FROM (SELECT deadline.ticket_id, min(deadline.due_at) AS due_at FROM deadline
      WHERE deadline.account_id = :account_id AND deadline.ticket_id = ANY(:ticket_ids) AND deadline.ended_at IS NULL
      GROUP BY deadline.ticket_id) AS running
WHERE ticket.account_id = :account_id AND ticket.ticket_id = running.ticket_id AND ticket.due_at <> running.due_at;

-- name: owe_notices(account_id, rows, now)!
INSERT INTO delivery (account_id, citizen_id, ticket_id, purpose, body, state, rung, next_try_at, created_at, owed_at)
SELECT :account_id, citizen_id, ticket_id, 'notice', body, 'owed', 'customer_message', :now, :now, :now
FROM json_to_recordset(:rows::json) AS given (citizen_id bigint, ticket_id bigint, body text)
ORDER BY ticket_id;

-- name: set_work_hours(account_id, timezone, work_intervals)!
UPDATE account SET timezone = :timezone, work_intervals = :work_intervals WHERE account_id = :account_id;

-- name: put_calendar_days(account_id, days, workings, names)!
INSERT INTO calendar_day (account_id, day, working, name)
SELECT :account_id, day, working, name
FROM unnest(:days::date[], :workings::boolean[], :names::text[]) AS given (day, working, name)
ON CONFLICT (account_id, day) DO UPDATE SET working = EXCLUDED.working, name = EXCLUDED.name;

-- name: drop_calendar_days(account_id, days)!
DELETE FROM calendar_day WHERE account_id = :account_id AND day = ANY(:days);

-- name: add_calendar_change(account_id, staff_id, now, kind, before, after, moved, tickets, told)$
INSERT INTO calendar_change (account_id, made_by, made_at, kind, before, after, moved, tickets, told)
VALUES (:account_id, :staff_id, :now, :kind, :before, :after, :moved, :tickets, :told)
RETURNING change_id;

-- name: calendar_changes(account_id, size)
SELECT calendar_change.*, staff.name AS staff_name
FROM calendar_change
JOIN staff ON staff.account_id = calendar_change.account_id AND staff.staff_id = calendar_change.made_by
WHERE calendar_change.account_id = :account_id
ORDER BY calendar_change.change_id DESC LIMIT :size;
