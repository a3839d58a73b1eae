-- +goose Up
-- Electronic signatures on commitments, one for a submission. statement is what
-- was signed, to the byte; the log of publications bears witness to the time.
CREATE TABLE commitment_signature (
    submission_id TEXT PRIMARY KEY REFERENCES submission (id),
    number        TEXT NOT NULL UNIQUE,
    unit_id       TEXT NOT NULL,
    statement     TEXT NOT NULL,
    key_id        TEXT NOT NULL REFERENCES signing_key (id),
    signature     TEXT NOT NULL,
    at            BIGINT NOT NULL,
    by_id         TEXT NOT NULL,
    by_name       TEXT NOT NULL,
    log_index     BIGINT NOT NULL
);
CREATE INDEX commitment_signature_unit ON commitment_signature (unit_id, number);
