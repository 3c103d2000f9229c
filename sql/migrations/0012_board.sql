-- A supervisor who took a ticket into their own hands; its department keeps it and cannot write until it is handed back.
ALTER TABLE ticket ADD COLUMN taken_over_by bigint;
ALTER TABLE ticket ADD FOREIGN KEY (account_id, taken_over_by) REFERENCES staff;
ALTER TABLE ticket ADD CONSTRAINT taken_over_from_a_department
    CHECK (taken_over_by IS NULL OR state NOT IN ('new', 'triage', 'assigned'));
-- What a supervisor tells the department to do (批示), above the notes of others.
ALTER TABLE note ADD COLUMN instruction boolean NOT NULL DEFAULT false;

-- The board counts and picks among open tickets without reading their rows. No column here changes where the state stays.
DROP INDEX ticket_open_by_due;
CREATE INDEX ticket_open_by_due ON ticket (account_id, due_at, ticket_id)
    INCLUDE (state, kind, department_id, returns, changed_at)
    WHERE state IN ('new', 'triage', 'assigned', 'accepted', 'answering');
