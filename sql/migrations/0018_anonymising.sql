-- How much doubt masks: the account's choice, and the one that each publication was made with.
ALTER TABLE account ADD COLUMN masking text NOT NULL DEFAULT 'plain' CHECK (masking IN ('plain', 'strict'));
ALTER TABLE publication ADD COLUMN masking text NOT NULL DEFAULT 'plain' CHECK (masking IN ('plain', 'strict'));

-- Who holds an office, and which organisations there are: their names may stay in what is public.
CREATE TABLE official (
    account_id bigint NOT NULL REFERENCES account,
    name text NOT NULL CHECK (char_length(name) <= 40),
    post text NOT NULL CHECK (char_length(post) <= 60),
    organisation text NOT NULL CHECK (char_length(organisation) <= 80),
    PRIMARY KEY (account_id, name, post, organisation),
    CHECK (name <> '' OR organisation <> '')
);
