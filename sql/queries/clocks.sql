-- name: pauses_of(account_id, ticket_id)
SELECT clock_pause.*, staff.name AS staff_name
FROM clock_pause JOIN staff ON staff.account_id = clock_pause.account_id AND staff.staff_id = clock_pause.paused_by
WHERE clock_pause.account_id = :account_id AND clock_pause.ticket_id = :ticket_id
ORDER BY clock_pause.pause_id;

-- name: add_pause(account_id, ticket_id, question, staff_id, now, ends_by)$
INSERT INTO clock_pause (account_id, ticket_id, question, paused_by, paused_at, ends_by)
VALUES (:account_id, :ticket_id, :question, :staff_id, :now, :ends_by)
ON CONFLICT (account_id, ticket_id) WHERE resumed_at IS NULL DO NOTHING
RETURNING pause_id;

-- name: end_pause(account_id, ticket_id, now, resumed_by)$
UPDATE clock_pause SET resumed_at = least(:now, ends_by), resumed_by = :resumed_by
WHERE account_id = :account_id AND ticket_id = :ticket_id AND resumed_at IS NULL
RETURNING pause_id;

-- name: pauses_at_their_bound(account_ids, now, size)
SELECT clock_pause.account_id, clock_pause.ticket_id, ticket.citizen_id FROM clock_pause JOIN ticket USING (account_id, ticket_id)
WHERE clock_pause.account_id = ANY(:account_ids) AND ends_by <= :now AND resumed_at IS NULL
ORDER BY ends_by LIMIT :size;

-- name: paused_count(account_id)$
SELECT count(*) FROM clock_pause WHERE account_id = :account_id AND resumed_at IS NULL;

-- name: extensions_of(account_id, ticket_id)
SELECT extension.*, asker.name AS asked_by_name, decider.name AS decided_by_name
FROM extension
JOIN staff AS asker ON asker.account_id = extension.account_id AND asker.staff_id = extension.asked_by
LEFT JOIN staff AS decider ON decider.account_id = extension.account_id AND decider.staff_id = extension.decided_by
WHERE extension.account_id = :account_id AND extension.ticket_id = :ticket_id
ORDER BY extension.extension_id;

-- name: ask_extension(account_id, ticket_id, amount, reason, staff_id, now)$
INSERT INTO extension (account_id, ticket_id, amount, reason, asked_by, asked_at)
VALUES (:account_id, :ticket_id, :amount, :reason, :staff_id, :now)
ON CONFLICT (account_id, ticket_id) WHERE granted IS NULL DO NOTHING
RETURNING extension_id;

-- name: decide_extension(account_id, ticket_id, granted, amount, words, staff_id, now)^
UPDATE extension SET granted = :granted, amount = coalesce(:amount, amount), words = :words, decided_by = :staff_id,
    decided_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND granted IS NULL
RETURNING *;

-- name: grant_extension(account_id, ticket_id, amount, reason, staff_id, now)^
INSERT INTO extension (account_id, ticket_id, amount, reason, asked_by, asked_at, granted, decided_by, decided_at)
VALUES (:account_id, :ticket_id, :amount, :reason, :staff_id, :now, true, :staff_id, :now)
RETURNING *;

-- name: drop_extension_asked(account_id, ticket_id)!
DELETE FROM extension WHERE account_id = :account_id AND ticket_id = :ticket_id AND granted IS NULL;

-- name: extensions_undecided(account_id, size)
SELECT extension.amount, extension.reason, extension.asked_at, ticket.number, ticket.due_at, department.short_name AS department,
    deadline.unit
FROM extension
JOIN ticket USING (account_id, ticket_id)
JOIN deadline ON deadline.account_id = extension.account_id AND deadline.ticket_id = extension.ticket_id
    AND deadline.kind = 'resolution'
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE extension.account_id = :account_id AND extension.granted IS NULL
ORDER BY extension.asked_at LIMIT :size;

-- name: pause_settings(account_id)^
SELECT pause_days, pauses_most FROM account WHERE account_id = :account_id;

-- name: day_names(account_id, since, until)
SELECT day, name FROM calendar_day WHERE account_id = :account_id AND day BETWEEN :since AND :until;

-- name: set_deadline(account_id, ticket_id, kind, due_at, next_step, next_step_at)!
UPDATE deadline SET due_at = :due_at, next_step = :next_step, next_step_at = :next_step_at
WHERE account_id = :account_id AND ticket_id = :ticket_id AND kind = :kind AND ended_at IS NULL;
