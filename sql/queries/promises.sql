-- name: offer_promise(account_id, ticket_id, department_id, words, due_at, now)!
INSERT INTO promise (account_id, ticket_id, department_id, words, due_at, state, found_at)
VALUES (:account_id, :ticket_id, :department_id, :words, :due_at, 'offered', :now);

-- name: promises_of(account_id, ticket_id)
SELECT promise.*, staff.name AS decided_by_name FROM promise LEFT JOIN staff
    ON staff.account_id = promise.account_id AND staff.staff_id = promise.decided_by
WHERE promise.account_id = :account_id AND promise.ticket_id = :ticket_id
ORDER BY promise_id;

-- name: decide_promise(account_id, ticket_id, promise_id, from_state, to_state, outcome, staff_id, now)^
UPDATE promise SET state = :to_state, decided_by = :staff_id, decided_at = :now, outcome = :outcome
WHERE account_id = :account_id AND ticket_id = :ticket_id AND promise_id = :promise_id AND state = :from_state
RETURNING *;

-- name: promises_to_keep(account_id, department_id)
SELECT promise.promise_id, promise.words, promise.due_at, ticket.number, ticket.state, department.short_name AS department
FROM promise JOIN ticket USING (account_id, ticket_id)
JOIN department ON department.account_id = promise.account_id AND department.department_id = promise.department_id
WHERE promise.account_id = :account_id AND promise.state = 'kept'
    AND (CAST(:department_id AS bigint) IS NULL OR promise.department_id = :department_id)
ORDER BY promise.due_at, promise.promise_id LIMIT 50;
