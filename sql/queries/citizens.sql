-- Intake locks the citizen's row, so that two processes with messages of one citizen take turns. No key column is written,
-- so that rows which refer to the citizen can be added meanwhile.

-- name: meet_citizen(account_id, openid, now)^
INSERT INTO citizen (account_id, openid, following, first_seen_at) VALUES (:account_id, :openid, true, :now)
ON CONFLICT (account_id, openid) DO UPDATE SET following = citizen.following
RETURNING *;

-- name: open_window(account_id, citizen_id, closes_at, messages)!
UPDATE citizen SET window_closes_at = :closes_at, window_left = :messages
WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- name: use_window(account_id, citizen_id, messages)!
UPDATE citizen SET window_left = greatest(0, window_left - :messages)
WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- name: close_window(account_id, citizen_id, seen)$
UPDATE citizen SET window_left = 0
WHERE account_id = :account_id AND citizen_id = :citizen_id AND window_closes_at IS NOT DISTINCT FROM :seen
RETURNING citizen_id;

-- name: set_following(account_id, citizen_id, following, unfollowed_at)!
UPDATE citizen SET following = :following, unfollowed_at = :unfollowed_at
WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- name: lock_citizen(account_id, citizen_id)^
SELECT * FROM citizen WHERE account_id = :account_id AND citizen_id = :citizen_id FOR NO KEY UPDATE;

-- name: citizen_by_id(account_id, citizen_id)^
SELECT * FROM citizen WHERE account_id = :account_id AND citizen_id = :citizen_id;

-- name: keep_inbound(account_id, dedupe_key, openid, kind, received_at, sent_at, payload)$
INSERT INTO inbound (account_id, dedupe_key, openid, kind, received_at, sent_at, payload)
VALUES (:account_id, :dedupe_key, :openid, :kind, :received_at, :sent_at, :payload)
ON CONFLICT (account_id, dedupe_key) DO NOTHING
RETURNING inbound_id;

-- name: inbound_reply(account_id, dedupe_key)^
SELECT reply FROM inbound WHERE account_id = :account_id AND dedupe_key = :dedupe_key;

-- name: set_inbound_reply(account_id, dedupe_key, reply)!
UPDATE inbound SET reply = :reply WHERE account_id = :account_id AND dedupe_key = :dedupe_key;

-- name: mark_noticed(account_id, dedupe_key)$
UPDATE inbound SET reply = reply || '{"noticed": true}'
WHERE account_id = :account_id AND dedupe_key = :dedupe_key AND NOT reply ? 'noticed'
RETURNING inbound_id;
