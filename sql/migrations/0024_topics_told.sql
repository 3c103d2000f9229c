-- Topics are looked for at most every few minutes (true time), however much is written.
ALTER TABLE topic_mark ADD looked_at timestamptz NOT NULL DEFAULT '-infinity';
