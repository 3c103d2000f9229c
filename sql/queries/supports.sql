-- name: add_support(account_id, ticket_id, department_id, question, staff_id, now, due_at)$
INSERT INTO support (account_id, ticket_id, department_id, question, asked_by, asked_at, due_at)
VALUES (:account_id, :ticket_id, :department_id, :question, :staff_id, :now, :due_at)
ON CONFLICT (account_id, ticket_id, department_id) WHERE given_at IS NULL AND dropped_at IS NULL DO NOTHING
RETURNING support_id;

-- name: supports_of(account_id, ticket_id)
SELECT support.*, department.short_name AS department, asker.name AS asked_by_name, giver.name AS given_by_name
FROM support JOIN department USING (account_id, department_id)
JOIN staff AS asker ON asker.account_id = support.account_id AND asker.staff_id = support.asked_by
LEFT JOIN staff AS giver ON giver.account_id = support.account_id AND giver.staff_id = support.given_by
WHERE support.account_id = :account_id AND support.ticket_id = :ticket_id
ORDER BY support.support_id;

-- name: give_support(account_id, ticket_id, department_id, body, staff_id, now)^
UPDATE support SET body = :body, given_by = :staff_id, given_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND department_id = :department_id
    AND given_at IS NULL AND dropped_at IS NULL
RETURNING *;

-- name: drop_support(account_id, ticket_id, support_id, now)^
UPDATE support SET dropped_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND support_id = :support_id
    AND given_at IS NULL AND dropped_at IS NULL
RETURNING *;

-- name: drop_supports(account_id, ticket_id, now)!
UPDATE support SET dropped_at = :now
WHERE account_id = :account_id AND ticket_id = :ticket_id AND given_at IS NULL AND dropped_at IS NULL;

-- name: supports_owed(account_id, department_id)
SELECT support.support_id, support.question, support.due_at, ticket.number, ticket.state, lead.short_name AS lead
FROM support JOIN ticket USING (account_id, ticket_id)
LEFT JOIN department AS lead ON lead.account_id = ticket.account_id AND lead.department_id = ticket.department_id
WHERE support.account_id = :account_id AND support.department_id = :department_id
    AND support.given_at IS NULL AND support.dropped_at IS NULL
ORDER BY support.due_at, support.support_id LIMIT 50;
