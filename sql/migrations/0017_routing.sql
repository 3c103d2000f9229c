-- Routing that learns: the account's aims, its urgent words, its own rules, and the versions of what was learned.
ALTER TABLE account ADD COLUMN routing_precision smallint NOT NULL DEFAULT 95 CHECK (routing_precision BETWEEN 80 AND 99);
ALTER TABLE account ADD COLUMN routing_automatic boolean NOT NULL DEFAULT true;
CREATE TABLE learning_turn (
    account_id bigint PRIMARY KEY REFERENCES account,
    tried_at timestamptz NOT NULL
);

-- A word that makes an inquiry urgent, and the longer words in which it means nothing (煤气, but not 煤气费).
CREATE TABLE urgent_word (
    account_id bigint NOT NULL REFERENCES account,
    word text NOT NULL CHECK (char_length(word) BETWEEN 1 AND 40),
    except_in text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, word)
);
-- What every account begins with; its administrator changes the list.
CREATE FUNCTION first_urgent_words() RETURNS TABLE (word text, except_in text[]) LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('着火', '{}'::text[]), ('起火', '{}'), ('失火', '{}'), ('火灾', '{火灾保险}'), ('爆炸', '{}'), ('燃气泄漏', '{}'),
        ('煤气泄漏', '{}'), ('漏气', '{}'), ('煤气味', '{}'), ('中毒', '{}'), ('自杀', '{}'), ('轻生', '{}'), ('跳楼', '{跳楼价}'),
        ('不想活', '{}'), ('溺水', '{}'), ('触电', '{}'), ('电线掉', '{}'), ('塌方', '{}'), ('坍塌', '{}'), ('井盖丢', '{}'),
        ('被困', '{}'), ('救命', '{}'), ('拖欠工资', '{}'), ('拖欠农民工', '{}'), ('欠薪', '{}'), ('家暴', '{}'), ('拐卖', '{}'),
        ('孩子走失', '{}'), ('老人走失', '{}'), ('决口', '{}'), ('山洪', '{}')
$$;
INSERT INTO urgent_word (account_id, word, except_in) SELECT account_id, word, except_in FROM account, first_urgent_words();
CREATE FUNCTION add_urgent_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO urgent_word (account_id, word, except_in) SELECT NEW.account_id, word, except_in FROM first_urgent_words();
    RETURN NULL;
END $$;

CREATE TABLE routing_rule (
    account_id bigint NOT NULL REFERENCES account,
    rule_id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    any_of text[] NOT NULL,
    all_of text[] NOT NULL,
    none_of text[] NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('department', 'person', 'none')),
    department_id bigint,
    urgent boolean NOT NULL,
    active boolean NOT NULL DEFAULT false,
    made_by bigint NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, rule_id),
    FOREIGN KEY (account_id, department_id) REFERENCES department,
    FOREIGN KEY (account_id, made_by) REFERENCES staff,
    CHECK ((outcome = 'department') = (department_id IS NOT NULL)),
    CHECK (cardinality(any_of) + cardinality(all_of) > 0)
);

-- What was learned, and how it did on recent tickets that it was not taught; kept is the classifier (language/classifier.py).
CREATE TABLE routing_version (
    account_id bigint NOT NULL REFERENCES account,
    version_id bigint GENERATED ALWAYS AS IDENTITY,
    made_at timestamptz NOT NULL,
    taught_until bigint NOT NULL,
    taught integer NOT NULL,
    asked integer NOT NULL,
    accuracy real NOT NULL,
    accuracy_before real NOT NULL,
    share real NOT NULL CHECK (share BETWEEN 0 AND 1),
    heat real NOT NULL CHECK (heat > 0),
    held_out jsonb NOT NULL,
    kept bytea NOT NULL,
    digest text NOT NULL,
    in_use boolean NOT NULL DEFAULT false,
    used_at timestamptz,
    used_by bigint,
    PRIMARY KEY (account_id, version_id),
    FOREIGN KEY (account_id, used_by) REFERENCES staff
);
CREATE UNIQUE INDEX routing_version_in_use ON routing_version (account_id) WHERE in_use;

CREATE TRIGGER urgent_words AFTER INSERT ON account FOR EACH ROW EXECUTE FUNCTION add_urgent_words();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON urgent_word FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON routing_rule FOR EACH ROW EXECUTE FUNCTION count_account_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON routing_version FOR EACH ROW EXECUTE FUNCTION count_account_version();

-- Routed in a hurry by the duty lists' words alone: looked at again by the worker.
ALTER TABLE ticket ADD COLUMN routing_owed_at timestamptz;
CREATE INDEX ticket_routing_owed ON ticket (account_id, routing_owed_at) WHERE routing_owed_at IS NOT NULL;

-- 不予受理: a matter of another government, a greeting, an advertisement. The citizen is told, and the router learns from it.
ALTER TABLE ticket ADD COLUMN not_ours text CHECK (not_ours IN ('elsewhere', 'greeting', 'spam'));
ALTER TABLE ticket ADD CONSTRAINT not_ours_is_withdrawn CHECK (not_ours IS NULL OR state = 'withdrawn');
