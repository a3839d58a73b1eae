-- +goose Up
-- Days of the State Council's notices that came after the program was built.
CREATE TABLE calendar_day (
    day         TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    source      TEXT NOT NULL DEFAULT '',
    imported_at BIGINT NOT NULL,
    imported_by TEXT NOT NULL DEFAULT ''
);

-- A password that somebody else has set is changed at the next signing in.
ALTER TABLE person ADD COLUMN must_change BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN signed_in_at BIGINT NOT NULL DEFAULT 0;

-- The audit trail is read by person, by kind of act and by day.
CREATE INDEX audit_entry_at ON audit_entry (at, seq);
