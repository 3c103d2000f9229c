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
