-- name: policies(account_id)
SELECT * FROM sla_policy WHERE account_id = :account_id AND retired_at IS NULL
ORDER BY department_id NULLS FIRST, kind, priority;

-- name: policy_versions(account_id)
SELECT sla_policy.*, staff.name AS made_by_name, department.short_name AS department
FROM sla_policy
LEFT JOIN staff ON staff.account_id = sla_policy.account_id AND staff.staff_id = sla_policy.made_by
LEFT JOIN department ON department.account_id = sla_policy.account_id AND department.department_id = sla_policy.department_id
WHERE sla_policy.account_id = :account_id
ORDER BY policy_id DESC LIMIT 60;

-- name: policy_by_id(account_id, policy_id)^
SELECT * FROM sla_policy WHERE account_id = :account_id AND policy_id = :policy_id;

-- name: retire_policy(account_id, kind, priority, department_id, now)$
UPDATE sla_policy SET retired_at = :now
WHERE account_id = :account_id AND kind = :kind AND priority = :priority AND retired_at IS NULL
    AND coalesce(department_id, 0) = coalesce(CAST(:department_id AS bigint), 0)
RETURNING version;

-- name: last_policy_version(account_id, kind, priority, department_id)$
SELECT max(version) FROM sla_policy
WHERE account_id = :account_id AND kind = :kind AND priority = :priority
    AND coalesce(department_id, 0) = coalesce(CAST(:department_id AS bigint), 0);

-- name: add_policy(account_id, kind, priority, department_id, acceptance_amount, acceptance_unit, first_reply_amount, first_reply_unit, update_amount, update_unit, resolution_amount, resolution_unit, source, version, made_by, now)$
INSERT INTO sla_policy
    (account_id, kind, priority, department_id, acceptance_amount, acceptance_unit, first_reply_amount, first_reply_unit,
     update_amount, update_unit, resolution_amount, resolution_unit, source, version, made_by, made_at)
VALUES
    (:account_id, :kind, :priority, :department_id, :acceptance_amount, :acceptance_unit, :first_reply_amount,
     :first_reply_unit, :update_amount, :update_unit, :resolution_amount, :resolution_unit, :source, :version, :made_by, :now)
RETURNING policy_id;
