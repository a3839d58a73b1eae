-- +goose Up
-- What units undertake for items that take more than one visit: measures and a
-- day (P-3.2a, P-3.4). At most one is open for an item; ended_at is 0 while it is.
CREATE TABLE pledge (
    id          TEXT PRIMARY KEY,
    plan_id     TEXT NOT NULL REFERENCES plan (id),
    unit_id     TEXT NOT NULL REFERENCES unit (id),
    item_id     TEXT NOT NULL REFERENCES item (id),
    measures    TEXT NOT NULL,
    due         TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    made_by     TEXT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,
    release_seq BIGINT NOT NULL DEFAULT 0,
    reason      TEXT NOT NULL DEFAULT '',
    version     BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX pledge_item ON pledge (item_id, ended_at);
CREATE INDEX pledge_unit ON pledge (unit_id, ended_at, due);

-- The unit's own words on why an item takes more than one visit, and the fewest
-- days it declares for each step.
CREATE TABLE item_analysis (
    item_id  TEXT PRIMARY KEY REFERENCES item (id),
    doc      TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL,
    version  BIGINT NOT NULL DEFAULT 1
);
