-- +goose Up
-- What people answer to findings. A unit says why it keeps what a warning speaks
-- against; place is where the finding stands, by the row's name instead of its
-- number (catalog.Anchor).
CREATE TABLE finding_reason (
    item_id TEXT NOT NULL REFERENCES item (id),
    rule    TEXT NOT NULL,
    place   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (item_id, rule, place)
);

-- Waivers (◇): asked for by a unit, granted by the reform office until a day, or
-- not. At most one of a finding is open; closed_at is 0 while it is, and a waiver
-- that has ended stays open until it is renewed or given up.
CREATE TABLE waiver (
    id         TEXT PRIMARY KEY,
    item_id    TEXT NOT NULL REFERENCES item (id),
    unit_id    TEXT NOT NULL REFERENCES unit (id),
    rule       TEXT NOT NULL,
    place      TEXT NOT NULL,
    about      TEXT NOT NULL,
    message    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    asked_by   TEXT NOT NULL,
    granted    INTEGER NOT NULL DEFAULT 0,
    until      TEXT NOT NULL DEFAULT '',
    note       TEXT NOT NULL DEFAULT '',
    decided_at BIGINT NOT NULL DEFAULT 0,
    decided_by TEXT NOT NULL DEFAULT '',
    closed_at  BIGINT NOT NULL DEFAULT 0,
    version    BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX waiver_finding ON waiver (item_id, rule, place, closed_at);
CREATE INDEX waiver_unit ON waiver (unit_id, closed_at);
