-- How many citizens said a word on a day that is over, everywhere (no place: '') and in each place: so that a look reads the days
-- before as counts.
CREATE TABLE word_day (
    account_id bigint NOT NULL REFERENCES account,
    day date NOT NULL,
    word text NOT NULL,
    place text NOT NULL,
    citizens integer NOT NULL,
    PRIMARY KEY (account_id, day, word, place)
);
-- The days before it stand in word_day.
ALTER TABLE topic_mark ADD counted_until date NOT NULL DEFAULT '-infinity';
