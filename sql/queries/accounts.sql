-- name: account_by_code(code)^
SELECT * FROM account WHERE code = :code;

-- name: account_by_id(account_id)^
SELECT * FROM account WHERE account_id = :account_id;

-- name: all_account_ids()
SELECT account_id FROM account ORDER BY account_id;

-- name: all_accounts()
SELECT * FROM account ORDER BY account_id;

-- name: add_account(code, name, kind, appid, secret, token, aes_key, mode, api_base, original_id, created_at)$
WITH made AS (
    INSERT INTO account (code, name, kind, appid, secret, token, aes_key, mode, api_base, original_id, created_at)
    VALUES (:code, :name, :kind, :appid, :secret, :token, :aes_key, :mode, :api_base, :original_id, :created_at)
    ON CONFLICT (code) DO NOTHING
    RETURNING account_id, sends_per_minute
), budget AS (
    INSERT INTO sending_budget (account_id, sends_left, counted_at) SELECT account_id, sends_per_minute, :created_at FROM made
)
SELECT account_id FROM made;

-- Shared until the transaction ends: what is dated in it is dated by the calendar that stands (see hold_calendar).

-- name: account_versions(account_ids)
SELECT account_id, version FROM account WHERE account_id = ANY(:account_ids) FOR SHARE;

-- name: set_cover(account_id, media_id)!
UPDATE account SET cover_media_id = :media_id WHERE account_id = :account_id;

-- name: set_api_base(account_id, api_base)!
UPDATE account SET api_base = :api_base WHERE account_id = :account_id;

-- name: capabilities(account_id)
SELECT name, available, errcode, checked_at, retry_at FROM account_capability WHERE account_id = :account_id ORDER BY name;

-- name: refuse_capability(account_id, name, errcode, wall, retry_at)!
INSERT INTO account_capability (account_id, name, available, errcode, checked_at, retry_at)
VALUES (:account_id, :name, false, :errcode, :wall, :retry_at)
ON CONFLICT (account_id, name) DO UPDATE
SET available = false, errcode = EXCLUDED.errcode, checked_at = EXCLUDED.checked_at, retry_at = EXCLUDED.retry_at;

-- name: count_capability_failure(account_id, name, errcode, wall)$
INSERT INTO account_capability (account_id, name, available, errcode, checked_at, failures)
VALUES (:account_id, :name, true, :errcode, :wall, 1)
ON CONFLICT (account_id, name) DO UPDATE
SET failures = least(account_capability.failures + 1, 1000), errcode = EXCLUDED.errcode, checked_at = EXCLUDED.checked_at
RETURNING failures;

-- name: restore_capabilities(account_id, names, wall)!
UPDATE account_capability SET available = true, errcode = NULL, failures = 0, retry_at = NULL, checked_at = :wall
WHERE account_id = :account_id AND name = ANY(:names) AND (NOT available OR failures > 0);

-- name: channel_token(account_id)^
SELECT token, expires_at FROM channel_token WHERE account_id = :account_id;

-- name: lease_token_refresh(account_id, now, until)$
INSERT INTO channel_token (account_id, refreshing_until) VALUES (:account_id, :until)
ON CONFLICT (account_id) DO UPDATE SET refreshing_until = EXCLUDED.refreshing_until
WHERE channel_token.refreshing_until IS NULL OR channel_token.refreshing_until <= :now
RETURNING account_id;

-- name: keep_token(account_id, token, expires_at)!
UPDATE channel_token SET token = :token, expires_at = :expires_at, refreshing_until = NULL WHERE account_id = :account_id;

-- name: give_up_token_refresh(account_id)!
UPDATE channel_token SET refreshing_until = NULL WHERE account_id = :account_id;

-- name: departments(account_id)
SELECT department_id, code, name, short_name, phone, reopen_days FROM department WHERE account_id = :account_id ORDER BY department_id;

-- name: duties(account_id)
SELECT department_id, clause, title, keywords FROM duty WHERE account_id = :account_id ORDER BY department_id, clause;

-- name: add_department(account_id, code, name, short_name, phone)$
INSERT INTO department (account_id, code, name, short_name, phone)
VALUES (:account_id, :code, :name, :short_name, :phone)
ON CONFLICT (account_id, code) DO NOTHING
RETURNING department_id;

-- name: add_duty(account_id, department_id, clause, title, keywords)!
INSERT INTO duty (account_id, department_id, clause, title, keywords)
VALUES (:account_id, :department_id, :clause, :title, :keywords);

-- name: calendar_days(account_id)
SELECT day, working, name FROM calendar_day WHERE account_id = :account_id ORDER BY day;

-- name: calendar_years(account_id)
SELECT year, source FROM calendar_year WHERE account_id = :account_id ORDER BY year;

-- name: add_calendar_year(account_id, year, source, filled_at)!
INSERT INTO calendar_year (account_id, year, source, filled_at) VALUES (:account_id, :year, :source, :filled_at)
ON CONFLICT (account_id, year) DO NOTHING;

-- name: add_calendar_days(account_id, days, workings, names)!
INSERT INTO calendar_day (account_id, day, working, name)
SELECT :account_id, day, working, name
FROM unnest(:days::date[], :workings::boolean[], :names::text[]) AS given (day, working, name)
ON CONFLICT (account_id, day) DO NOTHING;

-- All of it in one statement, so that the rows which refer to each other may go together.

-- name: forget_account(account_id)!
WITH gone_account_capability AS (DELETE FROM account_capability WHERE account_id = :account_id),
    gone_mass_send_report AS (DELETE FROM mass_send_report WHERE account_id = :account_id),
    gone_channel_token AS (DELETE FROM channel_token WHERE account_id = :account_id),
    gone_calendar_year AS (DELETE FROM calendar_year WHERE account_id = :account_id),
    gone_calendar_day AS (DELETE FROM calendar_day WHERE account_id = :account_id),
    gone_calendar_change AS (DELETE FROM calendar_change WHERE account_id = :account_id),
    gone_sla_policy AS (DELETE FROM sla_policy WHERE account_id = :account_id),
    gone_department AS (DELETE FROM department WHERE account_id = :account_id),
    gone_duty AS (DELETE FROM duty WHERE account_id = :account_id),
    gone_staff AS (DELETE FROM staff WHERE account_id = :account_id),
    gone_session AS (DELETE FROM session WHERE account_id = :account_id),
    gone_login_attempt AS (DELETE FROM login_attempt WHERE account_id = :account_id),
    gone_api_token AS (DELETE FROM api_token WHERE account_id = :account_id),
    gone_citizen AS (DELETE FROM citizen WHERE account_id = :account_id),
    gone_inbound AS (DELETE FROM inbound WHERE account_id = :account_id),
    gone_ticket_counter AS (DELETE FROM ticket_counter WHERE account_id = :account_id),
    gone_inquiry AS (DELETE FROM inquiry WHERE account_id = :account_id),
    gone_ticket AS (DELETE FROM ticket WHERE account_id = :account_id),
    gone_message AS (DELETE FROM message WHERE account_id = :account_id),
    gone_media AS (DELETE FROM media WHERE account_id = :account_id),
    gone_note AS (DELETE FROM note WHERE account_id = :account_id),
    gone_assignment AS (DELETE FROM assignment WHERE account_id = :account_id),
    gone_deadline AS (DELETE FROM deadline WHERE account_id = :account_id),
    gone_escalation AS (DELETE FROM escalation WHERE account_id = :account_id),
    gone_draft AS (DELETE FROM draft WHERE account_id = :account_id),
    gone_answer AS (DELETE FROM answer WHERE account_id = :account_id),
    gone_delivery AS (DELETE FROM delivery WHERE account_id = :account_id),
    gone_delivery_attempt AS (DELETE FROM delivery_attempt WHERE account_id = :account_id),
    gone_ticket_event AS (DELETE FROM ticket_event WHERE account_id = :account_id),
    gone_topic_notice AS (DELETE FROM topic_notice WHERE account_id = :account_id),
    gone_topic_ticket AS (DELETE FROM topic_ticket WHERE account_id = :account_id),
    gone_topic AS (DELETE FROM topic WHERE account_id = :account_id),
    gone_topic_mark AS (DELETE FROM topic_mark WHERE account_id = :account_id),
    gone_inquiry_word AS (DELETE FROM inquiry_word WHERE account_id = :account_id),
    gone_word_day AS (DELETE FROM word_day WHERE account_id = :account_id),
    gone_search_document AS (DELETE FROM search_document WHERE account_id = :account_id),
    gone_search_mark AS (DELETE FROM search_mark WHERE account_id = :account_id),
    gone_account_word AS (DELETE FROM account_word WHERE account_id = :account_id),
    gone_joining_offer AS (DELETE FROM joining_offer WHERE account_id = :account_id),
    gone_inquiry_likeness AS (DELETE FROM inquiry_likeness WHERE account_id = :account_id),
    gone_posting AS (DELETE FROM likeness_posting WHERE account_id = :account_id),
    gone_token AS (DELETE FROM likeness_token WHERE account_id = :account_id),
    gone_covered_picture AS (DELETE FROM covered_picture WHERE account_id = :account_id),
    gone_publication AS (DELETE FROM publication WHERE account_id = :account_id),
    gone_digest AS (DELETE FROM digest WHERE account_id = :account_id),
    gone_digest_piece AS (DELETE FROM digest_piece WHERE account_id = :account_id),
    gone_attachment AS (DELETE FROM attachment WHERE account_id = :account_id),
    gone_delivery_attachment AS (DELETE FROM delivery_attachment WHERE account_id = :account_id),
    gone_account_template AS (DELETE FROM account_template WHERE account_id = :account_id),
    gone_citizen_grant AS (DELETE FROM citizen_grant WHERE account_id = :account_id),
    gone_sending_budget AS (DELETE FROM sending_budget WHERE account_id = :account_id),
    gone_alarm AS (DELETE FROM alarm WHERE account_id = :account_id),
    gone_clock_pause AS (DELETE FROM clock_pause WHERE account_id = :account_id),
    gone_extension AS (DELETE FROM extension WHERE account_id = :account_id),
    gone_support AS (DELETE FROM support WHERE account_id = :account_id),
    gone_promise AS (DELETE FROM promise WHERE account_id = :account_id),
    gone_urgent_word AS (DELETE FROM urgent_word WHERE account_id = :account_id),
    gone_routing_rule AS (DELETE FROM routing_rule WHERE account_id = :account_id),
    gone_routing_version AS (DELETE FROM routing_version WHERE account_id = :account_id),
    gone_learning_turn AS (DELETE FROM learning_turn WHERE account_id = :account_id),
    gone_measure AS (DELETE FROM measure WHERE account_id = :account_id),
    gone_hand AS (DELETE FROM hand WHERE account_id = :account_id),
    gone_figure_day AS (DELETE FROM figure_day WHERE account_id = :account_id),
    gone_figure_bucket AS (DELETE FROM figure_bucket WHERE account_id = :account_id),
    gone_figure_mark AS (DELETE FROM figure_mark WHERE account_id = :account_id),
    gone_report AS (DELETE FROM report WHERE account_id = :account_id),
    gone_rating AS (DELETE FROM rating WHERE account_id = :account_id),
    gone_notice AS (DELETE FROM notice WHERE account_id = :account_id),
    gone_telling AS (DELETE FROM telling WHERE account_id = :account_id)
DELETE FROM account WHERE account_id = :account_id;

-- name: rename_account(account_id, code)!
UPDATE account SET code = :code WHERE account_id = :account_id;

-- name: settings_of(account_id)^
SELECT quiet_s, close_after_days, pieces_aimed, retention_days, sends_per_minute, pause_days, pauses_most, word_before_closing,
    supervised_after_hours, notified_after_hours
FROM account WHERE account_id = :account_id;

-- name: change_settings(account_id, quiet_s, close_after_days, pieces_aimed, retention_days, sends_per_minute, pause_days, pauses_most, word_before_closing, supervised_after_hours, notified_after_hours)!
UPDATE account SET quiet_s = :quiet_s, close_after_days = :close_after_days, pieces_aimed = :pieces_aimed,
    retention_days = :retention_days, sends_per_minute = :sends_per_minute, pause_days = :pause_days,
    pauses_most = :pauses_most, word_before_closing = :word_before_closing,
    supervised_after_hours = :supervised_after_hours, notified_after_hours = :notified_after_hours
WHERE account_id = :account_id;

-- name: webhook(account_id)^
SELECT webhook_url, webhook_secret, webhook_off_at FROM account WHERE account_id = :account_id;

-- name: set_webhook(account_id, url, secret)!
UPDATE account SET webhook_url = :url, webhook_secret = :secret, webhook_off_at = NULL WHERE account_id = :account_id;

-- name: switch_webhook_off(account_id, url, now)!
UPDATE account SET webhook_off_at = :now
WHERE account_id = :account_id AND webhook_url = :url AND webhook_off_at IS NULL;

-- name: set_reopen_days(account_id, department_id, days)!
UPDATE department SET reopen_days = :days WHERE account_id = :account_id AND department_id = :department_id;
