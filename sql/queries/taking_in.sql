-- A batch of citizens' messages. Every statement takes arrays, one element for each message, and a batch has at most one
-- message of a citizen. Rows are inserted and locked in one order everywhere, so that two batches never deadlock.

-- name: add_new_citizens(account_ids, openids, window_closes_ats, window_messages, now)
INSERT INTO citizen (account_id, openid, following, first_seen_at, window_closes_at, window_left)
SELECT account_id, openid, true, :now::timestamptz, window_closes_at, window_left
FROM unnest(:account_ids::bigint[], :openids::text[], :window_closes_ats::timestamptz[], :window_messages::smallint[])
    AS given (account_id, openid, window_closes_at, window_left)
ORDER BY account_id, openid
ON CONFLICT (account_id, openid) DO NOTHING
RETURNING account_id, openid, citizen_id;

-- name: lock_citizens(account_ids, openids)
SELECT citizen.account_id, citizen.openid, citizen.citizen_id
FROM citizen
JOIN unnest(:account_ids::bigint[], :openids::text[]) AS given (account_id, openid)
    ON citizen.account_id = given.account_id AND citizen.openid = given.openid
ORDER BY citizen.account_id, citizen.openid
FOR NO KEY UPDATE OF citizen;

-- Asked only once the citizens are locked: a row that another process has just committed is seen.

-- name: look_at_calls(account_ids, dedupe_keys)
SELECT nextval('inbound_inbound_id_seq') AS new_inbound_id, nextval('inquiry_inquiry_id_seq') AS inquiry_id,
    nextval('ticket_ticket_id_seq') AS ticket_id, nextval('message_message_id_seq') AS message_id,
    inbound.inbound_id IS NOT NULL AS kept, inbound.reply
FROM unnest(:account_ids::bigint[], :dedupe_keys::text[]) WITH ORDINALITY AS given (account_id, dedupe_key, place)
LEFT JOIN inbound ON inbound.account_id = given.account_id AND inbound.dedupe_key = given.dedupe_key
ORDER BY given.place;

-- name: newest_tickets(account_ids, citizen_ids)
SELECT given.account_id, given.citizen_id, newest.ticket_id,
    EXISTS (SELECT FROM delivery WHERE delivery.account_id = given.account_id AND delivery.citizen_id = given.citizen_id
                AND delivery.state = 'held')
        OR EXISTS (SELECT FROM delivery WHERE delivery.account_id = given.account_id
                       AND delivery.citizen_id = given.citizen_id AND delivery.state = 'owed' AND tried <> '{}')
        OR EXISTS (SELECT FROM ticket AS older
                   WHERE older.account_id = given.account_id AND older.citizen_id = given.citizen_id
                       AND older.state IN ('new', 'triage', 'assigned', 'accepted', 'answering')
                       AND older.ticket_id < newest.ticket_id) AS special
FROM unnest(:account_ids::bigint[], :citizen_ids::bigint[]) AS given (account_id, citizen_id)
LEFT JOIN LATERAL (
    SELECT ticket.ticket_id FROM ticket
    WHERE ticket.account_id = given.account_id AND ticket.citizen_id = given.citizen_id
        AND ticket.state NOT IN ('merged', 'withdrawn')
    ORDER BY ticket.ticket_id DESC LIMIT 1
) AS newest ON true;

-- name: lock_tickets(account_ids, ticket_ids)
SELECT ticket.*
FROM ticket
JOIN unnest(:account_ids::bigint[], :ticket_ids::bigint[]) AS given (account_id, ticket_id)
    ON ticket.account_id = given.account_id AND ticket.ticket_id = given.ticket_id
ORDER BY ticket.account_id, ticket.ticket_id
FOR NO KEY UPDATE OF ticket;

-- name: joinable_tickets(account_ids, ticket_ids)
SELECT given.account_id, given.ticket_id, deadline.due_at AS resolution_due_at,
    EXISTS (SELECT FROM clock_pause WHERE clock_pause.account_id = given.account_id
                AND clock_pause.ticket_id = given.ticket_id AND resumed_at IS NULL) AS waits,
    EXISTS (SELECT FROM assignment WHERE assignment.account_id = given.account_id
                AND assignment.ticket_id = given.ticket_id AND assigned_by IS NOT NULL) AS given_by_person,
    EXISTS (SELECT FROM delivery WHERE delivery.account_id = given.account_id AND delivery.ticket_id = given.ticket_id
                AND delivery.purpose = 'answer' AND delivery.state IN ('owed', 'held')) AS answer_under_way,
    (SELECT string_agg(message.body, E'\n' ORDER BY message.message_id) FROM message
     WHERE message.account_id = given.account_id AND message.ticket_id = given.ticket_id AND message.direction = 'in'
         AND message.kind = 'text') AS words
FROM unnest(:account_ids::bigint[], :ticket_ids::bigint[]) AS given (account_id, ticket_id)
JOIN deadline ON deadline.account_id = given.account_id AND deadline.ticket_id = given.ticket_id
    AND deadline.kind = 'resolution';

-- name: take_numbers(account_id, day, count)$
INSERT INTO ticket_counter (account_id, day, last) VALUES (:account_id, :day, :count)
ON CONFLICT (account_id, day) DO UPDATE SET last = ticket_counter.last + EXCLUDED.last
RETURNING last;

-- The counter's commit need not wait for the disk: the batch that uses the numbers is committed after it, to the same log.

-- name: take_numbers_ahead(account_id, day, count)$
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS off)
INSERT INTO ticket_counter (account_id, day, last)
SELECT :account_id::bigint, :day::date, :count::integer FROM quick
ON CONFLICT (account_id, day) DO UPDATE SET last = ticket_counter.last + EXCLUDED.last
RETURNING last;

-- Rows come as one JSON array: an array for each column costs the client more than all the rest of taking a message in.
-- A row with an inquiry_id opens a ticket; the others join one.

-- name: take_in(rows)!
WITH given AS (
    SELECT * FROM json_to_recordset(:rows::json) AS given (
        account_id bigint, inbound_id bigint, dedupe_key text, openid text, kind text, received_at timestamptz,
        sent_at timestamptz, reply jsonb, citizen_id bigint, window_closes_at timestamptz, window_messages smallint,
        ticket_id bigint, message_id bigint, message_kind text, body text, event_kind text, event_facts jsonb, media_id text,
        media_kind text, media_dies_at timestamptz, inquiry_id bigint, number text, state text, ticket_kind text,
        department_id bigint, routing jsonb, follows_id bigint, reason text, due_at timestamptz, source text,
        first_amount smallint, first_unit text, first_due_at timestamptz, first_step text, first_step_at timestamptz,
        resolution_amount smallint, resolution_unit text, resolution_due_at timestamptz, resolution_step text,
        resolution_step_at timestamptz, alike_owed_at timestamptz, policy_id bigint, acceptance_amount smallint,
        acceptance_unit text, acceptance_due_at timestamptz, acceptance_step text, acceptance_step_at timestamptz,
        priority text, routing_owed_at timestamptz
    )
), kept AS (
    INSERT INTO inbound (account_id, inbound_id, dedupe_key, openid, kind, received_at, sent_at, reply)
    OVERRIDING SYSTEM VALUE
    SELECT account_id, inbound_id, dedupe_key, openid, kind, received_at, sent_at, reply FROM given
), window_opened AS (
    -- A citizen who is new was added with the window open.
    UPDATE citizen SET window_closes_at = given.window_closes_at, window_left = given.window_messages
    FROM given WHERE given.window_closes_at IS NOT NULL AND citizen.account_id = given.account_id
        AND citizen.citizen_id = given.citizen_id
), asked AS (
    INSERT INTO inquiry (account_id, inquiry_id, citizen_id, body, asked_at)
    OVERRIDING SYSTEM VALUE
    SELECT account_id, inquiry_id, citizen_id, body, received_at FROM given WHERE inquiry_id IS NOT NULL
), opened AS (
    INSERT INTO ticket (account_id, ticket_id, inquiry_id, number, citizen_id, state, kind, priority, department_id, routing,
        opened_at, changed_at, due_at, follows_id, alike_owed_at, routing_owed_at)
    OVERRIDING SYSTEM VALUE
    SELECT account_id, ticket_id, inquiry_id, number, citizen_id, state, ticket_kind, priority, department_id, routing,
        received_at, received_at, due_at, follows_id, alike_owed_at, routing_owed_at FROM given WHERE inquiry_id IS NOT NULL
), handed AS (
    INSERT INTO assignment (account_id, ticket_id, department_id, assigned_at, reason)
    SELECT account_id, ticket_id, department_id, received_at, reason FROM given
    WHERE inquiry_id IS NOT NULL AND department_id IS NOT NULL
), promised AS (
    INSERT INTO deadline (account_id, ticket_id, kind, policy_id, source, started_at, amount, unit, due_at, next_step,
        next_step_at)
    SELECT account_id, ticket_id, 'first_reply', policy_id, source, received_at, first_amount, first_unit, first_due_at,
        first_step, first_step_at FROM given WHERE inquiry_id IS NOT NULL
    UNION ALL
    SELECT account_id, ticket_id, 'resolution', policy_id, source, received_at, resolution_amount, resolution_unit,
        resolution_due_at, resolution_step, resolution_step_at FROM given WHERE inquiry_id IS NOT NULL
    UNION ALL
    SELECT account_id, ticket_id, 'acceptance', policy_id, source, received_at, acceptance_amount, acceptance_unit,
        acceptance_due_at, acceptance_step, acceptance_step_at
    FROM given WHERE inquiry_id IS NOT NULL AND acceptance_due_at IS NOT NULL
), said AS (
    INSERT INTO message (account_id, message_id, ticket_id, direction, kind, body, sent_at, inbound_id)
    OVERRIDING SYSTEM VALUE
    SELECT account_id, message_id, ticket_id, 'in', message_kind, body, received_at, inbound_id FROM given
), happened AS (
    INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, facts)
    SELECT account_id, ticket_id, event_kind, received_at, event_facts FROM given
)
INSERT INTO media (account_id, message_id, channel_media_id, kind, state, dies_at, next_try_at)
SELECT account_id, message_id, media_id, media_kind, 'owed', media_dies_at, received_at FROM given WHERE media_id IS NOT NULL;
