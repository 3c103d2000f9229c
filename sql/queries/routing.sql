-- What an account's routing is made of: rules, urgent words, versions of what was learned, and the tickets that teach.

-- name: routing_aims(account_id)^
SELECT routing_precision AS precision, routing_automatic AS automatic FROM account WHERE account_id = :account_id;

-- name: set_routing_aims(account_id, precision, automatic)!
UPDATE account SET routing_precision = :precision, routing_automatic = :automatic WHERE account_id = :account_id;

-- name: urgent_words(account_id)
SELECT word, except_in FROM urgent_word WHERE account_id = :account_id ORDER BY word;

-- name: drop_urgent_words(account_id)!
DELETE FROM urgent_word WHERE account_id = :account_id;

-- name: add_urgent_word(account_id, word, except_in)!
INSERT INTO urgent_word (account_id, word, except_in) VALUES (:account_id, :word, :except_in);

-- name: routing_rules(account_id)
SELECT rule.*, staff.name AS made_by_name
FROM routing_rule AS rule JOIN staff ON staff.account_id = rule.account_id AND staff.staff_id = rule.made_by
WHERE rule.account_id = :account_id ORDER BY rule.rule_id;

-- name: add_routing_rule(account_id, name, any_of, all_of, none_of, outcome, department_id, urgent, made_by, now)$
INSERT INTO routing_rule (account_id, name, any_of, all_of, none_of, outcome, department_id, urgent, made_by, made_at)
VALUES (:account_id, :name, :any_of, :all_of, :none_of, :outcome, :department_id, :urgent, :made_by, :now)
RETURNING rule_id;

-- name: switch_routing_rule(account_id, rule_id, active)$
UPDATE routing_rule SET active = :active WHERE account_id = :account_id AND rule_id = :rule_id RETURNING rule_id;

-- name: drop_routing_rule(account_id, rule_id)$
DELETE FROM routing_rule WHERE account_id = :account_id AND rule_id = :rule_id RETURNING rule_id;

-- name: routing_version_in_use(account_id, reading)^
SELECT version_id, digest, share, heat, held_out, taught_until FROM routing_version
WHERE account_id = :account_id AND in_use AND reading = :reading;

-- name: routing_version_kept(account_id, version_id)$
SELECT kept FROM routing_version WHERE account_id = :account_id AND version_id = :version_id;

-- name: routing_versions(account_id, size)
SELECT version.version_id, version.made_at, version.taught_until, version.taught, version.asked, version.accuracy, version.accuracy_before,
    version.share, version.reading, version.in_use, version.used_at, staff.name AS used_by_name
FROM routing_version AS version
LEFT JOIN staff ON staff.account_id = version.account_id AND staff.staff_id = version.used_by
WHERE version.account_id = :account_id ORDER BY version.version_id DESC LIMIT :size;

-- name: add_routing_version(account_id, taught_until, taught, asked, accuracy, accuracy_before, share, heat, held_out, kept, digest, reading, now)$
INSERT INTO routing_version (account_id, made_at, taught_until, taught, asked, accuracy, accuracy_before, share, heat,
    held_out, kept, digest, reading)
VALUES (:account_id, :now, :taught_until, :taught, :asked, :accuracy, :accuracy_before, :share, :heat, :held_out, :kept,
    :digest, :reading)
RETURNING version_id;

-- name: use_no_routing_version(account_id)!
UPDATE routing_version SET in_use = false WHERE account_id = :account_id AND in_use;

-- name: use_routing_version(account_id, version_id, reading, by, now)$
UPDATE routing_version SET in_use = true, used_at = :now, used_by = :by
WHERE account_id = :account_id AND version_id = :version_id AND reading = :reading
RETURNING version_id;

-- name: drop_old_routing_versions(account_id, kept)!
DELETE FROM routing_version WHERE account_id = :account_id AND NOT in_use AND version_id NOT IN (
    SELECT version_id FROM routing_version WHERE account_id = :account_id ORDER BY version_id DESC LIMIT :kept);

-- An account whose turn it is to learn, taken by the worker that stamps it first.

-- name: take_account_to_learn(account_ids, before, now)$
INSERT INTO learning_turn (account_id, tried_at)
SELECT given.account_id, :now::timestamptz FROM unnest(:account_ids::bigint[]) AS given (account_id)
LEFT JOIN learning_turn AS turn ON turn.account_id = given.account_id
WHERE turn.tried_at IS NULL OR turn.tried_at < :before
ORDER BY turn.tried_at NULLS FIRST LIMIT 1
ON CONFLICT (account_id) DO UPDATE SET tried_at = EXCLUDED.tried_at WHERE learning_turn.tried_at < :before
RETURNING account_id;

-- What people decided, oldest first: 不予受理 by anybody; a department that took the ticket, or was given it by a person.
-- A correction (returned, or given by a person to another department than routing had chosen) weighs most.

-- name: decided_tickets(account_id, after, size)
SELECT * FROM (
    SELECT ticket.ticket_id, inquiry.body,
        CASE WHEN ticket.not_ours IS NULL THEN ticket.department_id END AS department_id,
        CASE WHEN ticket.returns > 0 OR (given.by_person AND given.others) THEN 3 WHEN given.by_person
            OR ticket.not_ours IS NOT NULL THEN 2 ELSE 1 END AS weight
    FROM ticket
    JOIN inquiry ON inquiry.account_id = ticket.account_id AND inquiry.inquiry_id = ticket.inquiry_id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(assigned_by IS NOT NULL), false) AS by_person,
            coalesce(bool_or(assigned_by IS NULL AND department_id <> ticket.department_id), false) AS others
        FROM assignment
        WHERE assignment.account_id = ticket.account_id AND assignment.ticket_id = ticket.ticket_id
    ) AS given
    WHERE ticket.account_id = :account_id AND ticket.ticket_id > :after AND inquiry.body <> ''
        AND (ticket.not_ours IS NOT NULL OR ticket.state IN ('accepted', 'answering', 'answered', 'closed')
            OR (ticket.state = 'assigned' AND given.by_person))
    ORDER BY ticket.ticket_id DESC LIMIT :size
) AS newest ORDER BY ticket_id;

-- name: newest_asked(account_id, since, before, size)
SELECT ticket.ticket_id, ticket.number, ticket.department_id, ticket.not_ours, inquiry.body
FROM (SELECT * FROM ticket WHERE account_id = :account_id AND ticket_id < :before ORDER BY ticket_id DESC LIMIT :size) AS ticket
JOIN inquiry ON inquiry.account_id = ticket.account_id AND inquiry.inquiry_id = ticket.inquiry_id
WHERE ticket.account_id = :account_id AND ticket.opened_at >= :since
ORDER BY ticket.ticket_id DESC;

-- name: take_routing_owed(account_ids, size)
UPDATE ticket SET routing_owed_at = NULL
WHERE (account_id, ticket_id) IN (
    SELECT account_id, ticket_id FROM ticket
    WHERE account_id = ANY(:account_ids) AND routing_owed_at IS NOT NULL
    ORDER BY routing_owed_at LIMIT :size FOR NO KEY UPDATE SKIP LOCKED)
RETURNING account_id, ticket_id;

-- name: take_as_not_ours(account_id, ticket_id, from_state, sort, withdrawal, now)^
UPDATE ticket SET state = 'withdrawn', not_ours = :sort, withdrawal = :withdrawal, closed_at = :now, changed_at = :now,
    due_at = NULL
WHERE account_id = :account_id AND ticket_id = :ticket_id AND state = :from_state
RETURNING *;
