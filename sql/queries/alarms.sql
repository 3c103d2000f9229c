-- name: standing_alarms(account_ids)
SELECT account_id, name, facts, raised_at FROM alarm WHERE account_id = ANY(:account_ids) AND cleared_at IS NULL
ORDER BY raised_at;

-- name: raise_alarm(account_id, name, facts, now)!
INSERT INTO alarm (account_id, name, facts, raised_at) VALUES (:account_id, :name, :facts, :now)
ON CONFLICT (account_id, name) WHERE cleared_at IS NULL DO NOTHING;

-- name: clear_alarm(account_id, name, now)!
UPDATE alarm SET cleared_at = :now WHERE account_id = :account_id AND name = :name AND cleared_at IS NULL;

-- name: late_deliveries(account_ids, before)
SELECT account_id, count(*) AS deliveries, min(owed_at) AS oldest_at FROM delivery
WHERE account_id = ANY(:account_ids) AND state = 'owed' AND owed_at < :before
GROUP BY account_id;

-- name: dying_media(account_ids, before)
SELECT account_id, count(*) AS files, min(dies_at) AS first_dies_at FROM media
WHERE account_id = ANY(:account_ids) AND state = 'owed' AND dies_at < :before
GROUP BY account_id;

-- name: silences(account_ids, since)
SELECT account_id, count(*) AS calls, max(received_at) AS last_at, max(received_at - before_at) AS longest
FROM (
    SELECT account_id, received_at, lag(received_at) OVER (PARTITION BY account_id ORDER BY received_at) AS before_at
    FROM inbound WHERE account_id = ANY(:account_ids) AND received_at >= :since
) AS calls
GROUP BY account_id;
