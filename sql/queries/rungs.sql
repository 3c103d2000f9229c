-- name: templates_of(account_id)
SELECT rung, template_id, fields FROM account_template WHERE account_id = :account_id ORDER BY rung;

-- name: template_of(account_id, rung)^
SELECT template_id, fields FROM account_template WHERE account_id = :account_id AND rung = :rung;

-- name: put_template(account_id, rung, template_id, fields)!
INSERT INTO account_template (account_id, rung, template_id, fields) VALUES (:account_id, :rung, :template_id, :fields)
ON CONFLICT (account_id, rung) DO UPDATE SET template_id = EXCLUDED.template_id, fields = EXCLUDED.fields;

-- name: drop_template(account_id, rung)!
DELETE FROM account_template WHERE account_id = :account_id AND rung = :rung;

-- name: add_grant(account_id, citizen_id, rung, template_id, scene, dedupe_key, now)$
INSERT INTO citizen_grant (account_id, citizen_id, rung, template_id, scene, dedupe_key, granted_at)
SELECT :account_id, :citizen_id, :rung, :template_id, :scene, :dedupe_key, :now
-- Authorisations of one scene do not add up on the platform.
WHERE :scene = '' OR NOT EXISTS (SELECT FROM citizen_grant AS before
    WHERE before.account_id = :account_id AND before.citizen_id = :citizen_id AND before.rung = :rung
        AND before.scene = :scene AND before.used_at IS NULL)
ON CONFLICT (account_id, dedupe_key) DO NOTHING
RETURNING grant_id;

-- name: oldest_grant(account_id, citizen_id, rung)^
SELECT grant_id, template_id, scene FROM citizen_grant
WHERE account_id = :account_id AND citizen_id = :citizen_id AND rung = :rung AND used_at IS NULL
ORDER BY grant_id LIMIT 1;

-- name: use_grant(account_id, citizen_id, rung, now)!
UPDATE citizen_grant SET used_at = :now
WHERE account_id = :account_id AND grant_id = (
    SELECT grant_id FROM citizen_grant
    WHERE account_id = :account_id AND citizen_id = :citizen_id AND rung = :rung AND used_at IS NULL
    ORDER BY grant_id LIMIT 1);

-- name: lease_probe(account_ids, wall, before)
UPDATE account SET probed_at = :wall
WHERE account_id IN (
    SELECT account_id FROM account
    WHERE account_id = ANY(:account_ids) AND (probed_at IS NULL OR probed_at < :before)
    ORDER BY account_id LIMIT 8 FOR UPDATE SKIP LOCKED)
RETURNING account_id;

-- name: record_right(account_id, name, wall)!
INSERT INTO account_capability (account_id, name, available, checked_at) VALUES (:account_id, :name, true, :wall)
ON CONFLICT (account_id, name) DO UPDATE
SET available = true, errcode = NULL, retry_at = NULL, checked_at = EXCLUDED.checked_at;

-- name: use_grants(account_id, citizen_id, rung, now)!
UPDATE citizen_grant SET used_at = :now
WHERE account_id = :account_id AND citizen_id = :citizen_id AND rung = :rung AND used_at IS NULL;

-- name: forget_refusal(account_id, rung)!
DELETE FROM account_capability WHERE account_id = :account_id AND name = :rung AND NOT available;
