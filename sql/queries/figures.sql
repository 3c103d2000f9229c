-- name: figure_marks(account_ids)
SELECT account_id, event_id, seen_event_id, seen_at FROM figure_mark WHERE account_id = ANY(:account_ids);

-- name: put_figure_mark(account_id, event_id, seen_event_id, seen_at)!
INSERT INTO figure_mark (account_id, event_id, seen_event_id, seen_at)
VALUES (:account_id, :event_id, :seen_event_id, :seen_at)
ON CONFLICT (account_id) DO UPDATE SET event_id = EXCLUDED.event_id, seen_event_id = EXCLUDED.seen_event_id,
    seen_at = EXCLUDED.seen_at;

-- name: accounts_to_measure(account_ids, settled)
SELECT account.account_id FROM account LEFT JOIN figure_mark USING (account_id)
WHERE account.account_id = ANY(:account_ids)
    AND (SELECT max(event_id) FROM ticket_event WHERE ticket_event.account_id = account.account_id)
        > coalesce(CASE WHEN seen_at <= :settled THEN seen_event_id ELSE event_id END, 0)
ORDER BY account.account_id;

-- name: newest_event(account_id)$
SELECT coalesce(max(event_id), 0) FROM ticket_event WHERE account_id = :account_id;

-- name: take_figures_turn(account_id)$
SELECT pg_try_advisory_xact_lock(hashtext('figures'), (account_id % 2147483647)::integer) FROM account
WHERE account_id = :account_id;

-- name: tickets_touched(account_id, after, until, size)
SELECT ticket_id, event_id FROM ticket_event
WHERE account_id = :account_id AND event_id > :after AND event_id <= :until
ORDER BY event_id LIMIT :size;

-- name: moments_of(account_id, ticket_ids)
SELECT ticket.ticket_id, ticket.kind, ticket.department_id, ticket.state, ticket.opened_at, ticket.answered_at, ticket.closed_at,
    ticket.returns, acceptance.met_at AS accepted_at, acceptance.due_at AS acceptance_due_at,
    first_reply.met_at AS replied_at, first_reply.due_at AS reply_due_at, resolution.due_at AS resolution_due_at,
    written.drafted_at, written.submitted_at,
    (SELECT solved FROM rating WHERE rating.account_id = ticket.account_id AND rating.ticket_id = ticket.ticket_id
         AND solved IS NOT NULL ORDER BY rating_id DESC LIMIT 1) AS solved,
    (SELECT score FROM rating WHERE rating.account_id = ticket.account_id AND rating.ticket_id = ticket.ticket_id
         AND score IS NOT NULL ORDER BY rating_id DESC LIMIT 1) AS score
FROM ticket
JOIN deadline AS first_reply ON first_reply.account_id = ticket.account_id AND first_reply.ticket_id = ticket.ticket_id
    AND first_reply.kind = 'first_reply'
JOIN deadline AS resolution ON resolution.account_id = ticket.account_id AND resolution.ticket_id = ticket.ticket_id
    AND resolution.kind = 'resolution'
LEFT JOIN deadline AS acceptance ON acceptance.account_id = ticket.account_id AND acceptance.ticket_id = ticket.ticket_id
    AND acceptance.kind = 'acceptance'
LEFT JOIN LATERAL (
    SELECT max(happened_at) FILTER (WHERE kind = 'answering') AS drafted_at,
        max(happened_at) FILTER (WHERE kind = 'answer_owed') AS submitted_at
    FROM ticket_event WHERE ticket_event.account_id = ticket.account_id AND ticket_event.ticket_id = ticket.ticket_id
) AS written ON true
WHERE ticket.account_id = :account_id AND ticket.ticket_id = ANY(:ticket_ids);

-- name: pauses_of_tickets(account_id, ticket_ids)
SELECT ticket_id, paused_at, coalesce(resumed_at, ends_by) AS until FROM clock_pause
WHERE account_id = :account_id AND ticket_id = ANY(:ticket_ids)
ORDER BY ticket_id, pause_id;

-- name: assignments_of_tickets(account_id, ticket_ids)
SELECT ticket_id, department_id, assigned_at, returned_at FROM assignment
WHERE account_id = :account_id AND ticket_id = ANY(:ticket_ids)
ORDER BY ticket_id, assignment_id;

-- name: put_measures(rows)!
INSERT INTO measure (account_id, ticket_id, opened_on, department_id, kind, outcome, acceptance_minutes, accepted_on_time, first_reply_minutes,
    replied_on_time, resolution_minutes, resolved_on_time, review_minutes, solved, score, returns)
SELECT account_id, ticket_id, opened_on, department_id, kind, outcome, acceptance_minutes, accepted_on_time, first_reply_minutes,
    replied_on_time, resolution_minutes, resolved_on_time, review_minutes, solved, score, returns
FROM json_populate_recordset(NULL::measure, :rows::json)
ON CONFLICT (account_id, ticket_id) DO UPDATE SET department_id = EXCLUDED.department_id, kind = EXCLUDED.kind,
    outcome = EXCLUDED.outcome, acceptance_minutes = EXCLUDED.acceptance_minutes,
    accepted_on_time = EXCLUDED.accepted_on_time, first_reply_minutes = EXCLUDED.first_reply_minutes,
    replied_on_time = EXCLUDED.replied_on_time, resolution_minutes = EXCLUDED.resolution_minutes,
    resolved_on_time = EXCLUDED.resolved_on_time, review_minutes = EXCLUDED.review_minutes, solved = EXCLUDED.solved,
    score = EXCLUDED.score, returns = EXCLUDED.returns;

-- name: drop_hands(account_id, ticket_ids)!
DELETE FROM hand WHERE account_id = :account_id AND ticket_id = ANY(:ticket_ids);

-- name: put_hands(rows)!
INSERT INTO hand (account_id, ticket_id, place, department_id, minutes, returned)
SELECT account_id, ticket_id, place, department_id, minutes, returned FROM json_populate_recordset(NULL::hand, :rows::json);

-- name: drop_figures(account_id, days)!
WITH days_gone AS (DELETE FROM figure_day WHERE account_id = :account_id AND day = ANY(:days::date[]))
DELETE FROM figure_bucket WHERE account_id = :account_id AND day = ANY(:days::date[]);

-- A return is charged to the department that returned, whoever has the ticket now.

-- name: roll_up_days(account_id, days, satisfied_from)!
INSERT INTO figure_day
SELECT account_id, CASE WHEN GROUPING(department_id) = 1 THEN 0 ELSE coalesce(department_id, -1) END,
    CASE WHEN GROUPING(kind) = 1 THEN '' ELSE kind END, opened_on, count(outcome),
    count(*) FILTER (WHERE outcome = 'answered'), count(*) FILTER (WHERE outcome = 'open'),
    count(*) FILTER (WHERE outcome = 'merged'), count(*) FILTER (WHERE outcome = 'withdrawn'),
    count(accepted_on_time) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND accepted_on_time),
    count(replied_on_time) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND replied_on_time),
    count(resolved_on_time) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND resolved_on_time),
    count(solved) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND solved),
    count(score) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND score >= :satisfied_from::smallint),
    count(returned)
FROM (
    SELECT account_id, department_id, kind, opened_on, outcome, outcome IN ('open', 'answered') AS counts, accepted_on_time,
        replied_on_time, resolved_on_time, solved, score, NULL::boolean AS returned
    FROM measure WHERE account_id = :account_id AND opened_on = ANY(:days::date[])
    UNION ALL
    SELECT hand.account_id, hand.department_id, measure.kind, measure.opened_on, NULL, false, NULL, NULL, NULL, NULL, NULL, true
    FROM measure JOIN hand USING (account_id, ticket_id)
    WHERE measure.account_id = :account_id AND opened_on = ANY(:days::date[]) AND hand.returned
) AS measured
GROUP BY account_id, opened_on, GROUPING SETS ((department_id, kind), (department_id), (kind), ());

-- name: roll_up_buckets(account_id, days, edges)!
INSERT INTO figure_bucket
SELECT account_id, CASE WHEN GROUPING(department_id) = 1 THEN 0 ELSE coalesce(department_id, -1) END,
    CASE WHEN GROUPING(kind) = 1 THEN '' ELSE kind END, name, opened_on,
    least(width_bucket(minutes - 1, :edges::integer[]), cardinality(:edges::integer[]) - 1), count(*)
FROM (
    SELECT measure.account_id, measure.department_id, measure.kind, opened_on, spent.name, spent.minutes
    FROM measure CROSS JOIN LATERAL (VALUES ('acceptance', acceptance_minutes), ('first_reply', first_reply_minutes),
        ('resolution', resolution_minutes), ('review', review_minutes)) AS spent (name, minutes)
    WHERE measure.account_id = :account_id AND opened_on = ANY(:days::date[]) AND outcome IN ('open', 'answered')
        AND spent.minutes IS NOT NULL
    UNION ALL
    SELECT hand.account_id, hand.department_id, measure.kind, measure.opened_on, 'hand', hand.minutes
    FROM measure JOIN hand USING (account_id, ticket_id)
    WHERE measure.account_id = :account_id AND opened_on = ANY(:days::date[]) AND outcome IN ('open', 'answered')
) AS spent
GROUP BY account_id, opened_on, name, 6, GROUPING SETS ((department_id, kind), (department_id), (kind), ());

-- The left side of the balance is counted from what was asked, not from the tickets.

-- name: count_inquiries(account_id, days, begins, ends)!
UPDATE figure_day SET inquiries = (
    SELECT count(*) FROM inquiry
    WHERE inquiry.account_id = figure_day.account_id AND asked_at >= given.begins AND asked_at < given.ends)
FROM unnest(:days::date[], :begins::timestamptz[], :ends::timestamptz[]) AS given (day, begins, ends)
WHERE figure_day.account_id = :account_id AND figure_day.department_id = 0 AND figure_day.kind = '' AND figure_day.day = given.day;

-- name: measured_days(account_id)
SELECT DISTINCT opened_on FROM measure WHERE account_id = :account_id ORDER BY opened_on;

-- name: ticket_ids_after(account_id, after, size)
SELECT ticket_id FROM ticket WHERE account_id = :account_id AND ticket_id > :after ORDER BY ticket_id LIMIT :size;

-- name: balance_rolled(account_id)^
SELECT coalesce(sum(inquiries), 0)::integer AS received, coalesce(sum(answered), 0)::integer AS answered,
    coalesce(sum(open), 0)::integer AS open, coalesce(sum(merged), 0)::integer AS merged,
    coalesce(sum(withdrawn), 0)::integer AS withdrawn
FROM figure_day WHERE account_id = :account_id AND department_id = 0 AND kind = '';

-- name: figure_sums(account_id, department_ids, kinds, since, until, by)
SELECT CASE WHEN :by::text = 'department' THEN department_id END AS of_department,
    CASE WHEN :by::text = 'kind' THEN kind END AS of_kind,
    CASE :by::text WHEN 'day' THEN day WHEN 'week' THEN day - extract(isodow FROM day)::integer + 1
        WHEN 'month' THEN date_trunc('month', day)::date END AS of_day,
    sum(received)::integer AS received, sum(answered)::integer AS answered, sum(open)::integer AS open,
    sum(merged)::integer AS merged, sum(withdrawn)::integer AS withdrawn,
    sum(acceptance_judged)::integer AS acceptance_judged, sum(accepted_on_time)::integer AS accepted_on_time,
    sum(reply_judged)::integer AS reply_judged, sum(replied_on_time)::integer AS replied_on_time,
    sum(judged)::integer AS judged, sum(resolved_on_time)::integer AS resolved_on_time, sum(verdicts)::integer AS verdicts,
    sum(solved)::integer AS solved, sum(scored)::integer AS scored, sum(satisfied)::integer AS satisfied,
    sum(returned)::integer AS returned
FROM figure_day
WHERE account_id = :account_id AND department_id = ANY(:department_ids::bigint[]) AND kind = ANY(:kinds::text[])
    AND day BETWEEN :since AND :until
GROUP BY 1, 2, 3;

-- name: figure_buckets(account_id, department_ids, kinds, names, since, until, by)
SELECT of_department, of_kind, of_day, name, json_object_agg(bucket, tickets) AS buckets
FROM (
    SELECT CASE WHEN :by::text = 'department' THEN department_id END AS of_department,
        CASE WHEN :by::text = 'kind' THEN kind END AS of_kind,
        CASE :by::text WHEN 'day' THEN day WHEN 'week' THEN day - extract(isodow FROM day)::integer + 1
        WHEN 'month' THEN date_trunc('month', day)::date END AS of_day,
        name, bucket, sum(tickets)::integer AS tickets
    FROM figure_bucket
    WHERE account_id = :account_id AND department_id = ANY(:department_ids::bigint[]) AND kind = ANY(:kinds::text[])
        AND name = ANY(:names::text[]) AND day BETWEEN :since AND :until
    GROUP BY 1, 2, 3, name, bucket
) AS summed
GROUP BY of_department, of_kind, of_day, name;

-- name: measured_tickets(account_id, department_id, kind, since, until, which, ticket_before, size)
WITH picked AS (
    SELECT ticket_id FROM measure
    WHERE account_id = :account_id AND opened_on BETWEEN :since AND :until
        AND (CAST(:department_id AS bigint) IS NULL OR department_id IS NOT DISTINCT FROM nullif(:department_id, -1))
        AND (:kind::text = '' OR kind = :kind)
        AND ticket_id < :ticket_before
        AND CASE :which::text
            WHEN 'unanswered_in_time' THEN outcome IN ('open', 'answered') AND NOT resolved_on_time
            WHEN 'unreplied_in_time' THEN outcome IN ('open', 'answered') AND NOT replied_on_time
            WHEN 'unaccepted_in_time' THEN outcome IN ('open', 'answered') AND NOT accepted_on_time
            WHEN 'unsolved' THEN outcome IN ('open', 'answered') AND NOT solved
            WHEN 'unsatisfied' THEN outcome IN ('open', 'answered') AND score < 3
            WHEN 'returned' THEN returns > 0
            WHEN 'open' THEN outcome = 'open'
            ELSE true END
    ORDER BY opened_on DESC, ticket_id DESC LIMIT :size
)
SELECT ticket.*, inquiry.body, department.short_name AS department
FROM picked
JOIN ticket ON ticket.account_id = :account_id AND ticket.ticket_id = picked.ticket_id
JOIN inquiry USING (account_id, inquiry_id)
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
ORDER BY ticket.ticket_id DESC;
