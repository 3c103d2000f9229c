-- Every change of an account's settings counts its version up, so that what processes remember of an account (its
-- departments, calendar, targets, secrets) is known to be stale the moment it is.
ALTER TABLE account ADD COLUMN version bigint NOT NULL DEFAULT 1;
-- Messages of one citizen within this time of the first are one inquiry, and routed by all their words.
ALTER TABLE account ADD COLUMN quiet_s integer NOT NULL DEFAULT 120 CHECK (quiet_s BETWEEN 0 AND 3600);
-- A message within so many days of the answer reopens the ticket; 0: it opens a new one that follows the old.
ALTER TABLE department ADD COLUMN reopen_days smallint NOT NULL DEFAULT 0 CHECK (reopen_days BETWEEN 0 AND 90);

CREATE FUNCTION count_account_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account SET version = version + 1
    WHERE account_id = CASE WHEN TG_OP = 'DELETE' THEN OLD.account_id ELSE NEW.account_id END;
    RETURN NULL;
END $$;
CREATE FUNCTION count_own_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := greatest(NEW.version, OLD.version + 1);
    RETURN NEW;
END $$;
CREATE TRIGGER version BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION count_own_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON department FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON duty FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON calendar_year FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON calendar_day FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON sla_policy FOR EACH ROW EXECUTE FUNCTION count_account_version();

-- A notice is an automatic text: nobody wrote it, and it never stops a clock.
ALTER TABLE delivery ALTER COLUMN staff_id DROP NOT NULL;
ALTER TABLE delivery DROP CONSTRAINT delivery_purpose_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_purpose_check CHECK (purpose IN ('reply', 'answer', 'notice'));
ALTER TABLE delivery ADD CONSTRAINT written_by_somebody CHECK ((staff_id IS NULL) = (purpose = 'notice'));
