-- +goose Up
-- Booklets of guides that a job prints: one for each unit ('' is the whole
-- county), release, format and variant: the address that its QR codes lead to
-- and the templates it is printed with, hashed.
CREATE TABLE booklet (
    id          TEXT PRIMARY KEY,
    unit_id     TEXT NOT NULL DEFAULT '',
    release_seq BIGINT NOT NULL,
    format      TEXT NOT NULL,
    variant     TEXT NOT NULL,
    done        BIGINT NOT NULL DEFAULT 0,
    total       BIGINT NOT NULL DEFAULT 0,
    blob        TEXT NOT NULL DEFAULT '',
    missing     TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    UNIQUE (unit_id, release_seq, format, variant)
);
CREATE INDEX booklet_waiting ON booklet (blob);

-- Signed and sealed scans of commitments; the newest counts, older ones stay.
CREATE TABLE submission_scan (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    name          TEXT NOT NULL,
    media         TEXT NOT NULL,
    blob          TEXT NOT NULL,
    size          BIGINT NOT NULL,
    by_id         TEXT NOT NULL,
    by_name       TEXT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX submission_scan_of ON submission_scan (submission_id, id);

-- What a contact was before it changed (P-4.1).
CREATE TABLE contact_history (
    plan_id       TEXT NOT NULL,
    unit_id       TEXT NOT NULL,
    version       BIGINT NOT NULL,
    leader        TEXT NOT NULL,
    leader_title  TEXT NOT NULL,
    liaison       TEXT NOT NULL,
    liaison_phone TEXT NOT NULL,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL,
    PRIMARY KEY (plan_id, unit_id, version)
);

-- Milestones that a unit has missed (P-4.3); met_at is when it made up for it.
CREATE TABLE lateness (
    plan_id   TEXT NOT NULL REFERENCES plan (id),
    unit_id   TEXT NOT NULL REFERENCES unit (id),
    milestone TEXT NOT NULL,
    due       TEXT NOT NULL,
    noted_at  BIGINT NOT NULL,
    met_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (plan_id, unit_id, milestone)
);

-- Messages on their way out. Whom they go to is looked up when they are sent,
-- so that no telephone number is kept here.
CREATE TABLE message (
    id         TEXT PRIMARY KEY,
    unique_key TEXT NOT NULL UNIQUE,
    plan_id    TEXT NOT NULL,
    unit_id    TEXT NOT NULL,
    text       TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX message_unit ON message (unit_id, id);
