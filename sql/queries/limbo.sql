-- Open tickets that nobody would ever look at again: in no queue that anybody reads, or without a clock that runs or stands
-- still for a reason. There must be none, ever.

-- name: limbo(account_ids, size)
SELECT ticket.account_id, ticket.ticket_id, ticket.number, ticket.state, ticket.opened_at, ticket.due_at, inquiry.body,
    ticket.kind, ticket.returns, department.short_name AS department,
    CASE WHEN NOT owned.somebody THEN 'nobody' ELSE 'no_clock' END AS lacks
FROM ticket
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM staff
        WHERE staff.account_id = ticket.account_id AND staff.disabled_at IS NULL
            AND CASE WHEN ticket.state IN ('new', 'triage') THEN staff.role = 'dispatcher'
                ELSE staff.role = 'staff' AND staff.department_id = ticket.department_id END) AS somebody
) AS owned
WHERE ticket.account_id = ANY(:account_ids) AND ticket.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
    AND (NOT owned.somebody
        OR ticket.due_at IS NULL
        OR NOT EXISTS (
            SELECT FROM deadline
            WHERE deadline.account_id = ticket.account_id AND deadline.ticket_id = ticket.ticket_id
                AND deadline.kind = 'resolution' AND deadline.ended_at IS NULL
                AND (deadline.next_step_at IS NOT NULL
                    OR EXISTS (SELECT FROM escalation
                               WHERE escalation.account_id = deadline.account_id
                                   AND escalation.deadline_id = deadline.deadline_id AND escalation.step = 'notified')
                    OR EXISTS (SELECT FROM clock_pause
                               WHERE clock_pause.account_id = ticket.account_id AND clock_pause.ticket_id = ticket.ticket_id
                                   AND clock_pause.resumed_at IS NULL))))
ORDER BY ticket.opened_at, ticket.ticket_id
LIMIT :size;
