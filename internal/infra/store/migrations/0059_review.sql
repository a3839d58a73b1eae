-- +goose Up
-- What the reviewers of a large package sort it by, and the items on which the
-- two offices could not agree. Against is '-' for what was handed in before.
ALTER TABLE submission_item ADD COLUMN against TEXT NOT NULL DEFAULT '-';
ALTER TABLE submission_item ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission_item ADD COLUMN burdens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission_item ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX submission_item_position ON submission_item (submission_id, position);
CREATE INDEX submission_item_item ON submission_item (item_id, submission_id);

CREATE TABLE dispute (
    submission_id TEXT NOT NULL,
    item_id       TEXT NOT NULL,
    note          TEXT NOT NULL,
    asked_by_id   TEXT NOT NULL,
    asked_by      TEXT NOT NULL,
    asked_at      BIGINT NOT NULL,
    ruling        TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    ruled_by_id   TEXT NOT NULL DEFAULT '',
    ruled_by      TEXT NOT NULL DEFAULT '',
    ruled_at      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (submission_id, item_id)
);
