-- name: overdue(account_id, now, size)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.due_at <= :now
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY ticket.due_at, ticket.ticket_id
LIMIT :size;

-- name: due_between(account_id, since, until, size)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE ticket.account_id = :account_id AND ticket.due_at > :since AND ticket.due_at <= :until
    AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
ORDER BY ticket.due_at, ticket.ticket_id
LIMIT :size;

-- name: open_counts(account_id, now, until)^
SELECT count(*) AS open,
    count(*) FILTER (WHERE due_at <= :now) AS overdue,
    count(*) FILTER (WHERE due_at > :now AND due_at <= :until) AS due_today,
    count(*) FILTER (WHERE state IN ('new', 'triage')) AS triage,
    count(*) FILTER (WHERE state = 'assigned') AS unaccepted
FROM ticket
WHERE account_id = :account_id AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering');

-- name: held_answers(account_id)$
SELECT count(*) FROM delivery WHERE account_id = :account_id AND state = 'held' AND purpose = 'answer';

-- name: replies_since(account_id, since)
SELECT ticket.department_id, deadline.kind, deadline.started_at, deadline.met_at, deadline.due_at
FROM deadline JOIN ticket USING (account_id, ticket_id)
WHERE deadline.account_id = :account_id AND deadline.kind IN ('first_reply', 'resolution') AND deadline.started_at >= :since
    AND ticket.department_id IS NOT NULL AND ticket.state NOT IN ('merged', 'withdrawn');

-- name: department_loads(account_id, now)
SELECT department.department_id, department.short_name, department.code,
    count(ticket.ticket_id) FILTER (WHERE ticket.state IN ('assigned', 'accepted', 'answering')) AS open,
    count(ticket.ticket_id) FILTER (WHERE ticket.state IN ('assigned', 'accepted', 'answering') AND ticket.due_at <= :now)
        AS overdue
FROM department
LEFT JOIN ticket ON ticket.account_id = department.account_id AND ticket.department_id = department.department_id
    AND ticket.state IN ('assigned', 'accepted', 'answering')
WHERE department.account_id = :account_id
GROUP BY department.department_id, department.short_name, department.code
ORDER BY department.department_id;

-- name: returns_since(account_id, since)
SELECT department_id, count(*) AS returns FROM assignment
WHERE account_id = :account_id AND returned_at >= :since
GROUP BY department_id;
