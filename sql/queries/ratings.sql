-- name: add_rating(account_id, ticket_id, solved, score, words, now)!
INSERT INTO rating (account_id, ticket_id, solved, score, words, rated_at)
VALUES (:account_id, :ticket_id, :solved, :score, :words, :now);

-- name: rating_of(account_id, ticket_id)^
SELECT solved, score, words, rated_at FROM rating
WHERE account_id = :account_id AND ticket_id = :ticket_id
ORDER BY rating_id DESC LIMIT 1;
