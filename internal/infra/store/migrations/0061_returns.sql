-- +goose Up
-- What comes back from the public side of two separated networks: the portals
-- whose files are taken, and what has been taken, so that nothing counts twice.
CREATE TABLE return_sender (
    id          TEXT PRIMARY KEY,
    public      TEXT NOT NULL,
    accepted_by TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);
CREATE TABLE return_entry (
    id       TEXT PRIMARY KEY,
    sender   TEXT NOT NULL REFERENCES return_sender (id),
    kind     TEXT NOT NULL,
    taken_at BIGINT NOT NULL
);
CREATE INDEX return_entry_taken ON return_entry (taken_at);
