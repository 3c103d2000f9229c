-- name: plan_reports(account_id, period, since, until, now)$
WITH planned AS (
    INSERT INTO report (account_id, staff_id, period, since, until, state, next_try_at, made_at)
    SELECT account_id, staff_id, :period, :since, :until, 'owed', :now, :now FROM staff
    WHERE account_id = :account_id AND :period = ANY(reports) AND mail IS NOT NULL AND disabled_at IS NULL
        AND role IN ('supervisor', 'admin')
    ON CONFLICT (account_id, staff_id, period, until) DO NOTHING
    RETURNING 1)
SELECT count(*) FROM planned;

-- name: claim_reports(account_ids, now, wall, lease_until, size)
WITH chosen AS (
    SELECT account_id, report_id FROM report
    WHERE account_id = ANY(:account_ids) AND state = 'owed' AND next_try_at <= :now AND (lease_until IS NULL OR lease_until <= :wall)
    ORDER BY next_try_at, report_id LIMIT :size
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE report SET lease_until = :lease_until, claims = claims + 1, attempts = attempts + 1
    FROM chosen WHERE report.account_id = chosen.account_id AND report.report_id = chosen.report_id
    RETURNING report.*
)
SELECT claimed.*, staff.mail, staff.disabled_at IS NULL AND staff.role IN ('supervisor', 'admin') AS at_work
FROM claimed JOIN staff USING (account_id, staff_id);

-- name: end_report(account_id, report_id, claims, state, reason, now)!
UPDATE report SET state = :state, reason = :reason, next_try_at = NULL, lease_until = NULL,
    sent_at = CASE WHEN :state = 'sent' THEN CAST(:now AS timestamptz) END
WHERE account_id = :account_id AND report_id = :report_id AND claims = :claims AND state = 'owed';

-- name: put_off_report(account_id, report_id, claims, reason, until)!
UPDATE report SET next_try_at = :until, reason = :reason, lease_until = NULL
WHERE account_id = :account_id AND report_id = :report_id AND claims = :claims AND state = 'owed';
