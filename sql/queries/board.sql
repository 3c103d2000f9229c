-- What a supervisor looks at, of open tickets. Each list first picks its few tickets within an index (ticket_open_by_due has
-- every column that is asked), and only then reads them.

-- name: board_counts(account_id, department_id, kind, now, until)^
SELECT count(*) AS open,
    count(*) FILTER (WHERE due_at <= :now) AS overdue,
    count(*) FILTER (WHERE due_at > :now) AS due,
    count(*) FILTER (WHERE due_at > :now AND due_at <= :until) AS due_today,
    count(*) FILTER (WHERE state IN ('new', 'triage')) AS triage,
    count(*) FILTER (WHERE state IN ('new', 'triage') AND returns > 0) AS returned,
    count(*) FILTER (WHERE state = 'assigned') AS unaccepted
FROM ticket
WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (:department_id::bigint IS NULL OR department_id = :department_id)
    AND (:kind::text IS NULL OR kind = :kind);

-- name: board_by_due(account_id, department_id, kind, due_after, due_until, size)
WITH picked AS (
    SELECT ticket_id FROM ticket
    WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
        AND due_at > :due_after AND (:due_until::timestamptz IS NULL OR due_at <= :due_until)
        AND (:department_id::bigint IS NULL OR department_id = :department_id)
        AND (:kind::text IS NULL OR kind = :kind)
    ORDER BY due_at, ticket_id
    LIMIT :size
)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM picked
JOIN ticket ON ticket.account_id = :account_id AND ticket.ticket_id = picked.ticket_id
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
ORDER BY ticket.due_at, ticket.ticket_id;

-- name: board_waiting(account_id, department_id, kind, states, returns, size)
WITH picked AS (
    SELECT ticket_id FROM ticket
    WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
        AND state = ANY(:states) AND returns >= :returns
        AND (:department_id::bigint IS NULL OR department_id = :department_id)
        AND (:kind::text IS NULL OR kind = :kind)
    ORDER BY changed_at, ticket_id
    LIMIT :size
)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM picked
JOIN ticket ON ticket.account_id = :account_id AND ticket.ticket_id = picked.ticket_id
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
ORDER BY ticket.changed_at, ticket.ticket_id;

-- A ticket is looked up for each answer that did not arrive, and only where there is a filter: joined, a rare kind would be
-- sought among all tickets.

-- name: board_held_count(account_id, department_id, kind)$
SELECT count(*) FROM delivery
WHERE account_id = :account_id AND state IN ('held', 'failed') AND purpose = 'answer'
    AND (:department_id::bigint IS NULL AND :kind::text IS NULL OR (
        SELECT (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
            AND (:kind::text IS NULL OR ticket.kind = :kind)
        FROM ticket WHERE ticket.account_id = :account_id AND ticket.ticket_id = delivery.ticket_id));

-- name: board_held(account_id, department_id, kind, size)
WITH picked AS (
    SELECT delivery_id, ticket_id, state, created_at FROM delivery
    WHERE account_id = :account_id AND state IN ('held', 'failed') AND purpose = 'answer'
        AND (:department_id::bigint IS NULL AND :kind::text IS NULL OR (
            SELECT (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
                AND (:kind::text IS NULL OR ticket.kind = :kind)
            FROM ticket WHERE ticket.account_id = :account_id AND ticket.ticket_id = delivery.ticket_id))
    ORDER BY delivery_id
    LIMIT :size
)
SELECT ticket.*, inquiry.body, department.short_name AS department, picked.state AS delivery_state,
    picked.created_at AS written_at
FROM picked
JOIN ticket ON ticket.account_id = :account_id AND ticket.ticket_id = picked.ticket_id
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
ORDER BY picked.delivery_id;

-- name: board_unsolved_count(account_id, department_id, kind)$
SELECT count(*) FROM ticket
WHERE account_id = :account_id AND unsolved_at IS NOT NULL
    AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (:department_id::bigint IS NULL OR department_id = :department_id)
    AND (:kind::text IS NULL OR kind = :kind);

-- name: board_unsolved(account_id, department_id, kind, size)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.unsolved_at IS NOT NULL
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (:department_id::bigint IS NULL OR ticket.department_id = :department_id)
    AND (:kind::text IS NULL OR ticket.kind = :kind)
ORDER BY ticket.unsolved_at, ticket.ticket_id
LIMIT :size;

-- The newest events of each account: more than one, because a transaction that took its number earlier may commit later.

-- name: newest_events(account_ids, size)
SELECT given.account_id, newest.event_ids
FROM unnest(:account_ids::bigint[]) AS given (account_id)
CROSS JOIN LATERAL (
    SELECT array_agg(event_id) AS event_ids FROM (
        SELECT event_id FROM ticket_event WHERE ticket_event.account_id = given.account_id
        ORDER BY event_id DESC LIMIT :size
    ) AS last
) AS newest;

-- name: announce_changes(channel, account_ids)
SELECT pg_notify(:channel, account_id::text) FROM account WHERE account_id = ANY(:account_ids);
