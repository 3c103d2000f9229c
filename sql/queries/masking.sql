-- name: masking_of(account_id)$
SELECT masking FROM account WHERE account_id = :account_id;

-- name: set_masking(account_id, masking)!
UPDATE account SET masking = :masking WHERE account_id = :account_id;

-- name: officials(account_id)
SELECT name, post, organisation FROM official WHERE account_id = :account_id ORDER BY organisation, name, post;

-- name: drop_officials(account_id)!
DELETE FROM official WHERE account_id = :account_id;

-- name: add_official(account_id, name, post, organisation)!
INSERT INTO official (account_id, name, post, organisation) VALUES (:account_id, :name, :post, :organisation)
ON CONFLICT DO NOTHING;

-- name: words_of_citizen(account_id, citizen_id, size)
SELECT message.body FROM message JOIN ticket USING (account_id, ticket_id)
WHERE message.account_id = :account_id AND ticket.citizen_id = :citizen_id AND message.direction = 'in'
    AND message.kind = 'text'
ORDER BY message.message_id DESC
LIMIT :size;

-- name: words_of_notes(account_id, ticket_id)
SELECT body FROM note WHERE account_id = :account_id AND ticket_id = :ticket_id ORDER BY note_id;
