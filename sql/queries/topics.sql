-- What inquiries speak of, the topics found in it, and what was published on them.

-- A word of a day that is counted already lets the day be counted again.

-- name: add_inquiry_words(account_id, ticket_id, words, place)!
WITH added AS (
    INSERT INTO inquiry_word (account_id, day, word, ticket_id, citizen_id, place)
    SELECT ticket.account_id, (ticket.opened_at AT TIME ZONE account.timezone)::date, word, ticket.ticket_id, ticket.citizen_id,
        :place
    FROM ticket JOIN account USING (account_id), unnest(:words::text[]) AS word
    WHERE ticket.account_id = :account_id AND ticket.ticket_id = :ticket_id
    ON CONFLICT DO NOTHING RETURNING day
)
UPDATE topic_mark SET counted_until = added.day FROM added
WHERE topic_mark.account_id = :account_id AND counted_until > added.day;

-- name: forget_inquiry_words(account_ids, before)!
WITH gone AS (DELETE FROM inquiry_word WHERE account_id = ANY(:account_ids) AND day < :before)
DELETE FROM word_day WHERE account_id = ANY(:account_ids) AND day < :before;

-- name: uncount_word_days(account_id)!
DELETE FROM word_day
WHERE account_id = :account_id
    AND day >= coalesce((SELECT counted_until FROM topic_mark WHERE topic_mark.account_id = :account_id), '-infinity');

-- name: count_word_days(account_id, until)!
INSERT INTO word_day (account_id, day, word, place, citizens)
SELECT account_id, day, word, coalesce(place, ''), count(DISTINCT citizen_id) FROM inquiry_word
WHERE account_id = :account_id AND day < :until
    AND day >= coalesce((SELECT counted_until FROM topic_mark WHERE topic_mark.account_id = :account_id), '-infinity')
GROUP BY GROUPING SETS ((account_id, day, word), (account_id, day, word, place))
HAVING GROUPING(place) = 1 OR place IS NOT NULL;

-- name: put_counted_until(account_id, until)!
INSERT INTO topic_mark (account_id, ticket_id, counted_until) VALUES (:account_id, 0, :until)
ON CONFLICT (account_id) DO UPDATE SET counted_until = EXCLUDED.counted_until;

-- name: accounts_with_new_words(account_ids, looked_before)
SELECT account.account_id FROM account LEFT JOIN topic_mark USING (account_id)
WHERE account.account_id = ANY(:account_ids) AND coalesce(looked_at <= :looked_before, true)
    AND (SELECT max(ticket_id) FROM inquiry_likeness WHERE inquiry_likeness.account_id = account.account_id)
        > coalesce(topic_mark.ticket_id, 0)
ORDER BY account.account_id;

-- name: put_topic_mark(account_id, wall)!
INSERT INTO topic_mark (account_id, ticket_id, looked_at)
SELECT account_id, max(ticket_id), :wall FROM inquiry_likeness WHERE account_id = :account_id GROUP BY account_id
ON CONFLICT (account_id) DO UPDATE SET ticket_id = EXCLUDED.ticket_id, looked_at = EXCLUDED.looked_at;

-- Words that enough citizens used since then, today and on the counted days, each citizen once a day, everywhere (no place) and in
-- each place; how many did on the days before; and how many words there were to choose from.

-- name: word_counts(account_id, since, today, base_days, least, times)
WITH said AS (
    SELECT word, coalesce(place, '') AS place, count(DISTINCT citizen_id) AS citizens FROM inquiry_word
    WHERE account_id = :account_id AND day = :today
    GROUP BY GROUPING SETS ((word), (word, place)) HAVING GROUPING(place) = 1 OR place IS NOT NULL
    UNION ALL
    SELECT word, place, citizens FROM word_day WHERE account_id = :account_id AND day >= :since AND day < :today
), used AS MATERIALIZED (
    SELECT word, place, sum(citizens)::bigint AS citizens FROM said GROUP BY word, place
), earlier AS (
    SELECT word, place, sum(citizens) AS citizens FROM word_day
    WHERE account_id = :account_id AND day = ANY(:base_days::date[]) GROUP BY word, place
)
SELECT word, nullif(place, '') AS place, used.citizens, coalesce(earlier.citizens, 0) AS before,
    (SELECT count(*) FROM used) AS tried
FROM used LEFT JOIN earlier USING (word, place)
WHERE used.citizens >= :least AND used.citizens >= :times::float8 * coalesce(earlier.citizens, 0);

-- name: word_tickets(account_id, since, until, words)
SELECT word, ticket_id, citizen_id, place FROM inquiry_word
WHERE account_id = :account_id AND day BETWEEN :since AND :until AND word = ANY(:words::text[]);

-- name: first_word_day(account_id)$
SELECT min(day) FROM inquiry_word WHERE account_id = :account_id;

-- name: lasting_topics(account_id, since)
SELECT topic_id, words, place, kind FROM topic WHERE account_id = :account_id AND last_on >= :since ORDER BY topic_id;

-- name: add_topic(account_id, words, place, kind, first_on, last_on, peak, usual, now)$
INSERT INTO topic (account_id, words, place, kind, first_on, last_on, peak, usual, found_at)
VALUES (:account_id, :words, :place, :kind, :first_on, :last_on, :peak, :usual, :now)
RETURNING topic_id;

-- name: topic_goes_on(account_id, topic_id, place, last_on, peak)!
UPDATE topic SET last_on = greatest(last_on, :last_on), peak = greatest(peak, :peak), place = :place
WHERE account_id = :account_id AND topic_id = :topic_id;

-- name: add_topic_tickets(account_id, topic_id, ticket_ids)!
INSERT INTO topic_ticket (account_id, topic_id, ticket_id)
SELECT :account_id, :topic_id, ticket_id FROM unnest(:ticket_ids::bigint[]) AS ticket_id
ON CONFLICT DO NOTHING;

-- name: notice_topic(account_id, ticket_id, facts, now)!
INSERT INTO notice (account_id, staff_id, ticket_id, kind, facts, made_at, told_at)
SELECT account_id, staff_id, :ticket_id, 'topic', :facts, :now, :now FROM staff
WHERE account_id = :account_id AND disabled_at IS NULL AND role = 'supervisor';

-- name: topics_of(account_id, size)
SELECT topic.*, (SELECT count(*) FROM topic_ticket
                 WHERE topic_ticket.account_id = topic.account_id AND topic_ticket.topic_id = topic.topic_id) AS tickets,
    EXISTS (SELECT FROM topic_notice
            WHERE topic_notice.account_id = topic.account_id AND topic_notice.topic_id = topic.topic_id) AS answered
FROM topic WHERE topic.account_id = :account_id AND dismissed_by IS NULL
ORDER BY last_on DESC, peak DESC, topic_id DESC LIMIT :size;

-- name: topic_by_id(account_id, topic_id)^
SELECT * FROM topic WHERE account_id = :account_id AND topic_id = :topic_id;

-- Every day of the span, so that quiet ones are seen, too.

-- name: topic_curve(account_id, topic_id, since, until)
SELECT day::date AS day, count(DISTINCT ticket.citizen_id) AS citizens
FROM generate_series(:since::date, :until::date, interval '1 day') AS day
JOIN account ON account.account_id = :account_id
LEFT JOIN (topic_ticket JOIN ticket USING (account_id, ticket_id))
    ON topic_ticket.account_id = :account_id AND topic_ticket.topic_id = :topic_id
        AND (ticket.opened_at AT TIME ZONE account.timezone)::date = day::date
GROUP BY day ORDER BY day;

-- name: topic_hours(account_id, topic_id, since, until, step)
SELECT hour AS at, count(DISTINCT ticket.citizen_id) AS citizens
FROM generate_series(:since::timestamptz, :until::timestamptz, :step::interval) AS hour
LEFT JOIN (topic_ticket JOIN ticket USING (account_id, ticket_id))
    ON topic_ticket.account_id = :account_id AND topic_ticket.topic_id = :topic_id
        AND ticket.opened_at >= hour AND ticket.opened_at < hour + :step::interval
GROUP BY hour ORDER BY hour;

-- name: topic_tickets(account_id, topic_id, size)
SELECT ticket.number, ticket.state, ticket.opened_at, inquiry.body, department.short_name AS department
FROM topic_ticket
JOIN ticket USING (account_id, ticket_id)
JOIN inquiry ON inquiry.account_id = ticket.account_id AND inquiry.inquiry_id = ticket.inquiry_id
LEFT JOIN department ON department.account_id = ticket.account_id AND department.department_id = ticket.department_id
WHERE topic_ticket.account_id = :account_id AND topic_ticket.topic_id = :topic_id
ORDER BY ticket.ticket_id DESC LIMIT :size;

-- So many citizens in as many hours before the notice as after it, two days at most.

-- name: topic_notices(account_id, topic_id, now)
SELECT topic_notice.*, staff.name AS added_by_name,
    (SELECT count(DISTINCT ticket.citizen_id) FROM topic_ticket JOIN ticket USING (account_id, ticket_id)
     WHERE topic_ticket.account_id = topic_notice.account_id AND topic_ticket.topic_id = topic_notice.topic_id
         AND opened_at < published_at AND opened_at >= published_at - least(interval '48 hours', :now - published_at)) AS before,
    (SELECT count(DISTINCT ticket.citizen_id) FROM topic_ticket JOIN ticket USING (account_id, ticket_id)
     WHERE topic_ticket.account_id = topic_notice.account_id AND topic_ticket.topic_id = topic_notice.topic_id
         AND opened_at >= published_at AND opened_at < published_at + interval '48 hours') AS after
FROM topic_notice JOIN staff ON staff.account_id = topic_notice.account_id AND staff.staff_id = topic_notice.added_by
WHERE topic_notice.account_id = :account_id AND topic_id = :topic_id ORDER BY published_at;

-- name: add_topic_notice(account_id, topic_id, publication_id, title, published_at, staff_id)!
INSERT INTO topic_notice (account_id, topic_id, publication_id, title, published_at, added_by)
VALUES (:account_id, :topic_id, :publication_id, :title, :published_at, :staff_id);

-- name: dismiss_topic(account_id, topic_id, staff_id)$
UPDATE topic SET dismissed_by = :staff_id WHERE account_id = :account_id AND topic_id = :topic_id AND dismissed_by IS NULL
RETURNING topic_id;
