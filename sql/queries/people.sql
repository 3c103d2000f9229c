-- name: add_staff(account_id, login, name, role, department_id, password_hash, created_at)$
INSERT INTO staff (account_id, login, name, role, department_id, password_hash, created_at)
VALUES (:account_id, :login, :name, :role, :department_id, :password_hash, :created_at)
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
SELECT staff.*, session.csrf
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
