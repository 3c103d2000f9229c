-- The citizen said that the answer did not solve it: a supervisor sees these among the open ones.
ALTER TABLE ticket ADD COLUMN unsolved_at timestamptz;
CREATE INDEX ticket_unsolved ON ticket (account_id, unsolved_at, ticket_id)
    WHERE unsolved_at IS NOT NULL AND state IN ('new', 'triage', 'assigned', 'accepted', 'answering');
-- An open ticket that nobody would look at again is an alarm.
ALTER TABLE alarm DROP CONSTRAINT alarm_name_check;
ALTER TABLE alarm ADD CONSTRAINT alarm_name_check CHECK (name IN ('intake_silent', 'delivery_late', 'media_dying', 'limbo'));
-- Queues count what is answered and not closed yet within an index.
CREATE INDEX ticket_answered_of ON ticket (account_id, department_id, kind) INCLUDE (state) WHERE state = 'answered';
