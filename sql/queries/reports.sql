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
