-- Each change of the calendar as one act: who, when, what stood before and after, and what it moved.
CREATE TABLE calendar_change (
    account_id bigint NOT NULL REFERENCES account,
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    made_by bigint NOT NULL,
    made_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('hours', 'days', 'year', 'file')),
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    moved integer NOT NULL CHECK (moved >= 0),
    tickets integer NOT NULL CHECK (tickets >= 0),
    told integer NOT NULL CHECK (told >= 0),
    PRIMARY KEY (account_id, change_id),
    FOREIGN KEY (account_id, made_by) REFERENCES staff
);

-- Holidays that were entered in English have their own names.
UPDATE calendar_day SET name = said.chinese
FROM (VALUES ('New Year''s Day', '元旦'), ('Spring Festival', '春节'), ('Tomb-sweeping Day', '清明'), ('Labour Day', '劳动节'),
    ('Dragon Boat Festival', '端午'), ('National Day', '国庆节'), ('Mid-autumn Festival', '中秋')) AS said (english, chinese)
WHERE calendar_day.name = said.english;
