-- A copy of a picture that may be public: what must be covered is painted over, and nothing of the camera's is in it. Each covering
-- is a row of its own; the one in force has no removed_at. Rectangles are left, top, width, height in ten-thousandths of the sides.
CREATE TABLE covered_picture (
    account_id bigint NOT NULL,
    picture_id bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    media_id bigint,
    attachment_id bigint,
    original_sha256 text NOT NULL,
    rectangles jsonb NOT NULL,
    nothing_to_cover boolean NOT NULL,
    sha256 text NOT NULL,
    size integer NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    covered_by bigint NOT NULL,
    covered_at timestamptz NOT NULL,
    publication_id bigint,
    removed_by bigint,
    removed_at timestamptz,
    channel_url text,
    PRIMARY KEY (account_id, picture_id),
    FOREIGN KEY (account_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (account_id, media_id) REFERENCES media,
    FOREIGN KEY (account_id, attachment_id) REFERENCES attachment,
    FOREIGN KEY (account_id, covered_by) REFERENCES staff,
    FOREIGN KEY (account_id, removed_by) REFERENCES staff,
    FOREIGN KEY (account_id, publication_id) REFERENCES publication,
    CHECK ((media_id IS NULL) <> (attachment_id IS NULL)),
    CHECK (nothing_to_cover = (jsonb_array_length(rectangles) = 0)),
    CHECK ((removed_by IS NULL) = (removed_at IS NULL))
);
CREATE UNIQUE INDEX covered_picture_of_media ON covered_picture (account_id, media_id) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX covered_picture_of_attachment ON covered_picture (account_id, attachment_id) WHERE removed_at IS NULL;
CREATE INDEX covered_picture_of_ticket ON covered_picture (account_id, ticket_id);
CREATE INDEX covered_picture_of_publication ON covered_picture (account_id, publication_id) WHERE publication_id IS NOT NULL;
