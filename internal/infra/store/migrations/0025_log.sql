-- +goose Up
-- Public keys of the county (unit_id '') and of units. The private halves are
-- not in the database. log_index and revoked_index are places in the log.
CREATE TABLE signing_key (
    id             TEXT PRIMARY KEY,
    algorithm      TEXT NOT NULL,
    public         TEXT NOT NULL,
    unit_id        TEXT NOT NULL DEFAULT '',
    owner          TEXT NOT NULL,
    not_before     BIGINT NOT NULL,
    not_after      BIGINT NOT NULL,
    log_index      BIGINT NOT NULL,
    created_by     TEXT NOT NULL,
    revoked_kind   TEXT NOT NULL DEFAULT '',
    revoked_reason TEXT NOT NULL DEFAULT '',
    revoked_at     BIGINT NOT NULL DEFAULT 0,
    revoked_index  BIGINT NOT NULL DEFAULT 0,
    revoked_by     TEXT NOT NULL DEFAULT '',
    version        BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX signing_key_unit ON signing_key (unit_id);

-- The log of publications: a Merkle tree (RFC 6962) whose leaves and hashes are
-- only ever inserted. text is the leaf to the byte; release_seq and ref find it.
CREATE TABLE log_tree (
    id   BIGINT PRIMARY KEY,
    size BIGINT NOT NULL
);
INSERT INTO log_tree (id, size) VALUES (1, 0);

CREATE TABLE log_leaf (
    idx         BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL,
    release_seq BIGINT NOT NULL DEFAULT 0,
    ref         TEXT NOT NULL,
    text        TEXT NOT NULL
);
CREATE UNIQUE INDEX log_leaf_ref ON log_leaf (kind, ref, release_seq);

-- Hashes in the order of golang.org/x/mod/sumdb/tlog, in hex.
CREATE TABLE log_hash (
    idx  BIGINT PRIMARY KEY,
    hash TEXT NOT NULL
);

CREATE TABLE log_head (
    size   BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    root   TEXT NOT NULL,
    at     BIGINT NOT NULL,
    note   TEXT NOT NULL,
    keys   TEXT NOT NULL
);
