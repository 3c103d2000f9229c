WITH account AS (SELECT account_id FROM account WHERE code = %(code)s),
met AS (
    INSERT INTO citizen (account_id, openid, following, first_seen_at, window_closes_at, window_left)
    SELECT account_id, %(openid)s, true, now(), now() + interval '48 hours', 5 FROM account
    ON CONFLICT (account_id, openid) DO UPDATE SET window_closes_at = EXCLUDED.window_closes_at
    RETURNING account_id, citizen_id, openid
), kept AS (
    INSERT INTO inbound (account_id, dedupe_key, openid, kind, received_at, sent_at, reply)
    SELECT account_id, %(dedupe_key)s, openid, 'text', now(), now(), %(reply)s::jsonb FROM met
    RETURNING account_id, inbound_id
), asked AS (
    INSERT INTO inquiry (account_id, citizen_id, body, asked_at)
    SELECT account_id, citizen_id, %(body)s, now() FROM met RETURNING account_id, inquiry_id, citizen_id
), opened AS (
    INSERT INTO ticket (account_id, inquiry_id, number, citizen_id, state, kind, department_id, routing, opened_at, changed_at,
        due_at)
    SELECT account_id, inquiry_id, '20261125-t' || nextval('bench_number'), citizen_id, 'assigned', 'question',
        (SELECT min(department_id) FROM department), '{"by": "duty_list"}', now(), now(), now() + interval '2 hours' FROM asked
    RETURNING account_id, ticket_id, number, department_id
), said AS (
    INSERT INTO message (account_id, ticket_id, direction, kind, body, sent_at, inbound_id)
    SELECT opened.account_id, ticket_id, 'in', 'text', %(body)s, now(), inbound_id FROM opened JOIN kept USING (account_id)
), happened AS (
    INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, facts)
    SELECT account_id, ticket_id, 'opened', now(), '{}' FROM opened
), handed AS (
    INSERT INTO assignment (account_id, ticket_id, department_id, assigned_at, reason)
    SELECT account_id, ticket_id, department_id, now(), 'duty_list' FROM opened
), promised AS (
    INSERT INTO deadline (account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at)
    SELECT account_id, ticket_id, kind, 2, 'working_hours', 'preset-12345', now(), now() + interval '2 hours', 'warned_half',
        now() + interval '1 hour'
    FROM opened CROSS JOIN (VALUES ('acceptance'), ('first_reply'), ('resolution')) AS clock (kind)
)
SELECT number FROM opened
