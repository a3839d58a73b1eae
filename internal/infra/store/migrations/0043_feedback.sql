-- +goose Up
-- Errors that readers report at a place of a guide. Nothing tells who the reader
-- was; the number is the reader's alone. answered_at is 0 while it is open.
CREATE TABLE feedback (
    id          TEXT PRIMARY KEY,
    number      TEXT NOT NULL UNIQUE,
    item_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    unit_id     TEXT NOT NULL REFERENCES unit (id),
    release_seq BIGINT NOT NULL,
    place       TEXT NOT NULL,
    text        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    due         TEXT NOT NULL,
    outcome     TEXT NOT NULL DEFAULT '',
    answer      TEXT NOT NULL DEFAULT '',
    answered_at BIGINT NOT NULL DEFAULT 0,
    answered_by TEXT NOT NULL DEFAULT '',
    version     BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX feedback_unit ON feedback (unit_id, answered_at, due);
CREATE INDEX feedback_item ON feedback (item_id, answered_at);
CREATE INDEX feedback_at ON feedback (at);
