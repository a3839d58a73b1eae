-- +goose Up
-- Packages of a release on their way to the county's government site, one for
-- each release. They are made when they are sent, so that none is kept here.
CREATE TABLE push (
    release_seq BIGINT PRIMARY KEY REFERENCES release_log (seq),
    state       TEXT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    package     TEXT NOT NULL DEFAULT '',
    size        BIGINT NOT NULL DEFAULT 0,
    message     TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL DEFAULT 0,
    done_at     BIGINT NOT NULL DEFAULT 0
);
