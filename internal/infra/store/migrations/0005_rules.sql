-- +goose Up
-- The county's rules and settings of the linter, as text. Versions are only
-- ever added; the last one is in force, none means the built-in rules.
CREATE TABLE rule_set (
    version BIGINT PRIMARY KEY,
    doc     TEXT NOT NULL,
    hash    TEXT NOT NULL,
    note    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT NOT NULL,
    by_name TEXT NOT NULL
);

-- What was handed in keeps the version it was judged with, and the findings.
ALTER TABLE submission ADD COLUMN rule_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission_item ADD COLUMN findings TEXT NOT NULL DEFAULT '';
