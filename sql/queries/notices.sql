-- name: notices_of(account_id, staff_id, before, size)
SELECT notice.notice_id, notice.kind, notice.facts, notice.made_at, notice.read_at, ticket.number, ticket.state,
    department.short_name AS department
FROM notice
JOIN ticket USING (account_id, ticket_id)
LEFT JOIN escalation USING (account_id, escalation_id)
LEFT JOIN department ON department.account_id = notice.account_id
    AND department.department_id = coalesce(escalation.department_id, ticket.department_id)
WHERE notice.account_id = :account_id AND notice.staff_id = :staff_id AND notice.notice_id < :before
ORDER BY notice.notice_id DESC LIMIT :size;

-- What a citizen calls unsolved is for the supervisors and the department, on the page only.

-- name: notice_unsolved(account_id, ticket_id, department_id, now)!
INSERT INTO notice (account_id, staff_id, ticket_id, kind, facts, made_at, told_at)
SELECT account_id, staff_id, :ticket_id, 'unsolved', '{}', :now, :now FROM staff
WHERE account_id = :account_id AND disabled_at IS NULL AND (role = 'supervisor' OR department_id = :department_id);

-- name: read_notice(account_id, staff_id, notice_id, now)$
UPDATE notice SET read_at = coalesce(read_at, :now)
FROM ticket
WHERE notice.account_id = :account_id AND notice.staff_id = :staff_id AND notice.notice_id = :notice_id
    AND ticket.account_id = notice.account_id AND ticket.ticket_id = notice.ticket_id
RETURNING coalesce('/topics/' || (notice.facts ->> 'topic'), '/tickets/' || ticket.number) AS path;

-- name: read_notices(account_id, staff_id, up_to, now)!
UPDATE notice SET read_at = :now
WHERE account_id = :account_id AND staff_id = :staff_id AND read_at IS NULL AND notice_id <= :up_to;

-- A history that was made at once has nothing to tell: all of it is told, and the older part is read.

-- name: settle_notices(account_id, read_before)!
UPDATE notice SET told_at = made_at, read_at = CASE WHEN made_at < :read_before THEN made_at END
WHERE account_id = :account_id AND told_at IS NULL;

-- A person's oldest are looked at, and go where they are too old: no index on their time is needed.

-- name: forget_notices(account_ids, before, size)$
WITH old AS (
    SELECT old.account_id, old.staff_id, old.notice_id FROM staff
    CROSS JOIN LATERAL (
        SELECT account_id, staff_id, notice_id, made_at, told_at FROM notice
        WHERE notice.account_id = staff.account_id AND notice.staff_id = staff.staff_id
        ORDER BY notice_id LIMIT :size
    ) AS old
    WHERE staff.account_id = ANY(:account_ids) AND old.made_at < :before AND old.told_at IS NOT NULL
), gone AS (
    DELETE FROM notice USING old
    WHERE notice.account_id = old.account_id AND notice.staff_id = old.staff_id AND notice.notice_id = old.notice_id
    RETURNING 1
)
SELECT count(*) FROM gone;
