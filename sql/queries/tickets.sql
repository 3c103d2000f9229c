-- name: ticket_by_number(account_id, number)^
SELECT * FROM ticket WHERE account_id = :account_id AND number = :number;

-- name: ticket_by_id(account_id, ticket_id)^
SELECT * FROM ticket WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: lock_ticket(account_id, ticket_id)^
SELECT * FROM ticket WHERE account_id = :account_id AND ticket_id = :ticket_id FOR NO KEY UPDATE;

-- name: newest_ticket_of(account_id, citizen_id)^
SELECT * FROM ticket
WHERE account_id = :account_id AND citizen_id = :citizen_id AND state NOT IN ('merged', 'withdrawn')
ORDER BY ticket_id DESC LIMIT 1;

-- name: open_tickets_of(account_id, citizen_id)
SELECT * FROM ticket
WHERE account_id = :account_id AND citizen_id = :citizen_id
    AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY ticket_id DESC LIMIT 5;

-- name: recent_tickets_of(account_id, citizen_id)
SELECT * FROM ticket
WHERE account_id = :account_id AND citizen_id = :citizen_id
ORDER BY ticket_id DESC LIMIT 3;

-- Each step names the state it starts from: no row back means that somebody was first.

-- name: move_ticket(account_id, ticket_id, from_state, to_state, now)^
UPDATE ticket SET state = :to_state, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: assign_ticket(account_id, ticket_id, from_state, department_id, designated, now)^
UPDATE ticket SET state = 'assigned', department_id = :department_id, designated = :designated, taken_over_by = NULL,
    changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: reclassify_ticket(account_id, ticket_id, kind, priority, now)^
UPDATE ticket SET kind = :kind, priority = :priority, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id
RETURNING *;

-- name: set_supporters(account_id, ticket_id, supporters)!
UPDATE ticket SET supporters = :supporters WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: take_over_ticket(account_id, ticket_id, from_state, staff_id, now)^
UPDATE ticket SET taken_over_by = :staff_id, state = CASE WHEN state = 'assigned' THEN 'accepted' ELSE state END, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- The department signs for a ticket that it had not accepted before.

-- name: hand_back_ticket(account_id, ticket_id, from_state, now)^
UPDATE ticket SET taken_over_by = NULL, changed_at = :now, state = CASE WHEN (
    SELECT accepted_at FROM assignment
    WHERE assignment.account_id = :account_id AND assignment.ticket_id = :ticket_id
    ORDER BY assignment_id DESC LIMIT 1
) IS NULL THEN 'assigned' ELSE state END
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state AND taken_over_by IS NOT NULL
RETURNING *;

-- name: return_ticket(account_id, ticket_id, from_state, now)^
UPDATE ticket SET state = 'triage', department_id = NULL, returns = returns + 1, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: reroute_ticket(account_id, ticket_id, kind, routing, now)^
UPDATE ticket SET kind = :kind, routing = :routing, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state IN ('triage', 'assigned')
RETURNING *;

-- name: ticket_answered(account_id, ticket_id, delivery_id, now)^
UPDATE ticket SET state = 'answered', answer_delivery_id = :delivery_id, answered_at = :now, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = 'answering'
RETURNING *;

-- name: reopen_ticket(account_id, ticket_id, from_state, unsolved_at, now)^
UPDATE ticket SET state = 'accepted', answer_delivery_id = NULL, answered_at = NULL, closed_at = NULL, changed_at = :now,
    unsolved_at = coalesce(:unsolved_at, unsolved_at)
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: close_ticket(account_id, ticket_id, now)^
UPDATE ticket SET state = 'closed', closed_at = :now, changed_at = :now, due_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = 'answered'
RETURNING *;

-- name: withdraw_ticket(account_id, ticket_id, from_state, withdrawal, now)^
UPDATE ticket SET state = 'withdrawn', withdrawal = :withdrawal, closed_at = :now, changed_at = :now, due_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: merge_ticket(account_id, ticket_id, from_state, into_id, now)^
UPDATE ticket SET state = 'merged', merged_into_id = :into_id, closed_at = :now, changed_at = :now, due_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;

-- name: move_merged(account_id, ticket_id, into_id, now)!
UPDATE ticket SET merged_into_id = :into_id, changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = 'merged';

-- name: unmerge_ticket(account_id, ticket_id, department_id, state, now)^
UPDATE ticket SET state = :state, department_id = :department_id, merged_into_id = NULL, taken_over_by = NULL, closed_at = NULL,
    changed_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = 'merged'
RETURNING *;

-- name: merged_into(account_id, ticket_id)
SELECT * FROM ticket WHERE account_id = :account_id AND merged_into_id = :ticket_id ORDER BY ticket_id;

-- name: tickets_to_close(account_ids, now)
SELECT ticket.account_id, ticket.ticket_id
FROM ticket JOIN account USING (account_id)
WHERE ticket.account_id = ANY(:account_ids) AND ticket.state = 'answered'
    AND ticket.answered_at < :now::timestamptz - account.close_after_days * interval '1 day'
ORDER BY ticket.answered_at
LIMIT 200;

-- name: set_due(account_id, ticket_id)!
UPDATE ticket SET due_at = (
    SELECT min(due_at) FROM deadline
    WHERE deadline.account_id = :account_id AND deadline.ticket_id = :ticket_id AND deadline.ended_at IS NULL
)
WHERE account_id = :account_id AND ticket_id = :ticket_id;

-- name: add_event(account_id, ticket_id, kind, happened_at, staff_id, facts)!
INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, staff_id, facts)
VALUES (:account_id, :ticket_id, :kind, :happened_at, :staff_id, :facts);

-- name: events_of(account_id, ticket_id)
SELECT ticket_event.kind, ticket_event.happened_at, ticket_event.facts, staff.name AS staff_name
FROM ticket_event LEFT JOIN staff USING (account_id, staff_id)
WHERE ticket_event.account_id = :account_id AND ticket_event.ticket_id = :ticket_id
ORDER BY ticket_event.event_id;

-- name: add_assignment(account_id, ticket_id, department_id, assigned_by, assigned_at, reason, designated)!
INSERT INTO assignment (account_id, ticket_id, department_id, assigned_by, assigned_at, reason, designated)
VALUES (:account_id, :ticket_id, :department_id, :assigned_by, :assigned_at, :reason, :designated);

-- name: accept_assignment(account_id, ticket_id, staff_id, now)!
UPDATE assignment SET accepted_by = :staff_id, accepted_at = :now
WHERE account_id = :account_id AND assignment_id =
    (SELECT max(assignment_id) FROM assignment WHERE account_id = :account_id AND ticket_id = :ticket_id);

-- name: return_assignment(account_id, ticket_id, staff_id, clause, reason, now)!
UPDATE assignment SET returned_by = :staff_id, returned_at = :now, return_clause = :clause, return_reason = :reason
WHERE account_id = :account_id AND assignment_id =
    (SELECT max(assignment_id) FROM assignment WHERE account_id = :account_id AND ticket_id = :ticket_id);

-- name: assignments_of(account_id, ticket_id)
SELECT assignment.*, department.short_name AS department, taker.name AS accepted_by_name, returner.name AS returned_by_name,
    giver.name AS assigned_by_name
FROM assignment
JOIN department USING (account_id, department_id)
LEFT JOIN staff AS giver ON giver.account_id = assignment.account_id AND giver.staff_id = assignment.assigned_by
LEFT JOIN staff AS taker ON taker.account_id = assignment.account_id AND taker.staff_id = assignment.accepted_by
LEFT JOIN staff AS returner ON returner.account_id = assignment.account_id AND returner.staff_id = assignment.returned_by
WHERE assignment.account_id = :account_id AND assignment.ticket_id = :ticket_id
ORDER BY assignment.assignment_id;

-- name: queue(account_id, department_id, states, kind, due_after, id_after, due_until, returned, size)
SELECT ticket.*, inquiry.body, department.short_name AS department, citizen.window_closes_at
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
JOIN citizen ON citizen.account_id = ticket.account_id AND citizen.citizen_id = ticket.citizen_id
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id
    AND ticket.state = ANY(:states) AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
    AND (:kind::text IS NULL OR ticket.kind = :kind)
    AND (ticket.due_at, ticket.ticket_id) > (:due_after, :id_after)
    AND (:due_until::timestamptz IS NULL OR ticket.due_at <= :due_until)
    AND (NOT :returned::boolean OR ticket.returns > 0)
ORDER BY ticket.due_at, ticket.ticket_id
LIMIT :size;

-- name: ended_queue(account_id, department_id, states, kind, id_before, size)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.state = ANY(:states)
    AND (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
    AND (:kind::text IS NULL OR ticket.kind = :kind)
    AND ticket.ticket_id < :id_before
ORDER BY ticket.ticket_id DESC
LIMIT :size;

-- The open ones and the answered ones, each within an index of its own. What has ended is not counted: it only grows.

-- name: count_by_state(account_id, department_id, kind)
SELECT state, count(*) AS tickets FROM ticket
WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (:department_id::bigint IS NULL OR department_id = :department_id) AND (:kind::text IS NULL OR kind = :kind)
GROUP BY state
UNION ALL
SELECT state, count(*) AS tickets FROM ticket
WHERE account_id = :account_id AND state = 'answered'
    AND (:department_id::bigint IS NULL OR department_id = :department_id) AND (:kind::text IS NULL OR kind = :kind)
GROUP BY state;

-- name: list_tickets(account_id, state, department, id_before, size)
SELECT ticket.*, department.code AS department,
    first_reply.due_at AS first_reply_due_at, first_reply.met_at AS first_replied_at, resolution.due_at AS resolution_due_at
FROM ticket
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
LEFT JOIN deadline AS first_reply ON first_reply.account_id = ticket.account_id
    AND first_reply.ticket_id = ticket.ticket_id AND first_reply.kind = 'first_reply'
LEFT JOIN deadline AS resolution ON resolution.account_id = ticket.account_id
    AND resolution.ticket_id = ticket.ticket_id AND resolution.kind = 'resolution'
WHERE ticket.account_id = :account_id
    AND (:state::text IS NULL OR ticket.state = :state)
    AND (:department::text IS NULL OR department.code = :department)
    AND ticket.ticket_id < :id_before
ORDER BY ticket.ticket_id DESC
LIMIT :size;

-- name: balance(account_id)^
SELECT
    (SELECT count(*) FROM inquiry WHERE account_id = :account_id) AS received,
    count(*) FILTER (WHERE state IN ('answered', 'closed')) AS answered,
    count(*) FILTER (WHERE state IN ('new', 'triage', 'assigned', 'accepted', 'answering')) AS open,
    count(*) FILTER (WHERE state = 'merged') AS merged,
    count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn
FROM ticket WHERE account_id = :account_id;

-- name: take_alike_owed(account_ids, size)
UPDATE ticket SET alike_owed_at = NULL
WHERE (account_id, ticket_id) IN (
    SELECT account_id, ticket_id FROM ticket
    WHERE account_id = ANY(:account_ids) AND alike_owed_at IS NOT NULL
    ORDER BY alike_owed_at LIMIT :size FOR NO KEY UPDATE SKIP LOCKED)
RETURNING account_id, ticket_id;
