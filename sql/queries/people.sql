-- name: add_staff(account_id, login, name, role, department_id, password_hash, mail, tell_by, created_at)$
INSERT INTO staff (account_id, login, name, role, department_id, password_hash, mail, tell_by, created_at)
VALUES (:account_id, :login, :name, :role, :department_id, :password_hash, :mail, :tell_by, :created_at)
ON CONFLICT (account_id, login) DO NOTHING
RETURNING staff_id;

-- name: staff_by_login(account_id, login)^
SELECT * FROM staff WHERE account_id = :account_id AND login = :login AND disabled_at IS NULL;

-- name: all_staff(account_id)
SELECT * FROM staff WHERE account_id = :account_id AND disabled_at IS NULL ORDER BY staff_id;

-- name: staff_name(account_id, staff_id)$
SELECT name FROM staff WHERE account_id = :account_id AND staff_id = :staff_id;

-- name: add_session(account_id, token_hash, staff_id, csrf, created_at, expires_at)!
INSERT INTO session (account_id, token_hash, staff_id, csrf, created_at, expires_at)
VALUES (:account_id, :token_hash, :staff_id, :csrf, :created_at, :expires_at);

-- name: session_staff(account_id, token_hash, now)^
SELECT staff.*, session.csrf,
    (SELECT count(*) FROM (SELECT FROM notice WHERE notice.account_id = staff.account_id AND notice.staff_id = staff.staff_id
                               AND read_at IS NULL LIMIT 100) AS newest) AS unread
FROM session JOIN staff USING (account_id, staff_id)
WHERE session.account_id = :account_id AND session.token_hash = :token_hash AND session.expires_at > :now
    AND staff.disabled_at IS NULL;

-- name: end_session(account_id, token_hash)!
DELETE FROM session WHERE account_id = :account_id AND token_hash = :token_hash;

-- name: end_sessions_of(account_id, staff_id)!
DELETE FROM session WHERE account_id = :account_id AND staff_id = :staff_id;

-- name: end_old_sessions(account_ids, now)!
DELETE FROM session WHERE account_id = ANY(:account_ids) AND expires_at <= :now;

-- name: lock_login_tries(account_id, subject, now)^
INSERT INTO login_attempt (account_id, subject, failures, last_at) VALUES (:account_id, :subject, 0, :now)
ON CONFLICT (account_id, subject) DO UPDATE SET failures = login_attempt.failures
RETURNING failures, last_at;

-- name: set_login_tries(account_id, subject, tries, now)!
UPDATE login_attempt SET failures = :tries, last_at = :now WHERE account_id = :account_id AND subject = :subject;

-- name: forget_login_tries(account_id, subject)!
DELETE FROM login_attempt WHERE account_id = :account_id AND subject = :subject;

-- name: give_login_try_back(account_id, subject)!
UPDATE login_attempt SET failures = greatest(failures - 1, 0) WHERE account_id = :account_id AND subject = :subject;

-- name: add_api_token(account_id, name, token_hash, created_at)$
INSERT INTO api_token (account_id, name, token_hash, created_at) VALUES (:account_id, :name, :token_hash, :created_at)
ON CONFLICT (account_id, name) DO UPDATE SET token_hash = EXCLUDED.token_hash, created_at = EXCLUDED.created_at, revoked_at = NULL
RETURNING token_id;

-- name: api_token_holds(account_id, token_hash)$
SELECT true FROM api_token WHERE account_id = :account_id AND token_hash = :token_hash AND revoked_at IS NULL;

-- name: staff_of_id(account_id, staff_id)^
SELECT staff.mail, staff.tell_by, staff.reports, staff.citizen_id, staff.binding_until, department.name AS department,
    citizen.window_closes_at, citizen.window_left, citizen.following
FROM staff
LEFT JOIN department ON department.account_id = staff.account_id AND department.department_id = staff.department_id
LEFT JOIN citizen ON citizen.account_id = staff.account_id AND citizen.citizen_id = staff.citizen_id
WHERE staff.account_id = :account_id AND staff.staff_id = :staff_id;

-- name: set_means(account_id, staff_id, mail, tell_by, reports)!
UPDATE staff SET mail = :mail, tell_by = :tell_by, reports = :reports WHERE account_id = :account_id AND staff_id = :staff_id;

-- name: put_binding(account_id, staff_id, binding_hash, binding_until, wall)$
WITH dead AS (
    UPDATE staff SET binding_hash = NULL, binding_until = NULL
    WHERE account_id = :account_id AND binding_until <= :wall AND staff_id <> :staff_id
)
UPDATE staff SET binding_hash = :binding_hash, binding_until = :binding_until
WHERE account_id = :account_id AND staff_id = :staff_id
    AND NOT EXISTS (SELECT FROM staff AS other WHERE other.account_id = :account_id AND other.binding_hash = :binding_hash
                        AND other.staff_id <> :staff_id)
RETURNING staff_id;

-- name: staff_of_binding(account_id, binding_hash, wall)$
SELECT staff_id FROM staff
WHERE account_id = :account_id AND binding_hash = :binding_hash AND binding_until > :wall AND disabled_at IS NULL
FOR NO KEY UPDATE;

-- name: unbind_citizen(account_id, citizen_id)!
UPDATE staff SET citizen_id = NULL, tell_by = array_remove(tell_by, 'wechat')
WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- name: bind_citizen(account_id, staff_id, citizen_id)!
UPDATE staff SET citizen_id = :citizen_id, tell_by = array_append(array_remove(tell_by, 'wechat'), 'wechat'),
    binding_hash = NULL, binding_until = NULL
WHERE account_id = :account_id AND staff_id = :staff_id;

-- name: unbind_staff(account_id, staff_id)!
UPDATE staff SET citizen_id = NULL, tell_by = array_remove(tell_by, 'wechat'), binding_hash = NULL, binding_until = NULL
WHERE account_id = :account_id AND staff_id = :staff_id;
