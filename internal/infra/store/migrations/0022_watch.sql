-- +goose Up
-- What watches over published guides (P-3.2f): confirmation by the unit from time
-- to time, changes of the laws that items cite, and what the probes find.
CREATE TABLE guide_check (
    item_id    TEXT PRIMARY KEY REFERENCES item (id),
    checked_at BIGINT NOT NULL,
    by_id      TEXT NOT NULL,
    by_name    TEXT NOT NULL
);
CREATE INDEX guide_check_at ON guide_check (checked_at);

-- When the program first knew of a change: what was published before has to be
-- looked at, what was reviewed afterwards was judged with it.
CREATE TABLE law_change (
    title   TEXT NOT NULL,
    change  TEXT NOT NULL,
    since   TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (title, change, since)
);

CREATE TABLE law_notice (
    item_id   TEXT NOT NULL REFERENCES item (id),
    title     TEXT NOT NULL,
    change    TEXT NOT NULL,
    since     TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL DEFAULT 0,
    outcome   TEXT NOT NULL DEFAULT '',
    by_name   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (item_id, title, change, since)
);
CREATE INDEX law_notice_open ON law_notice (closed_at, item_id);

CREATE TABLE probe_finding (
    item_id    TEXT NOT NULL REFERENCES item (id),
    kind       TEXT NOT NULL,
    field      TEXT NOT NULL,
    value      TEXT NOT NULL,
    text       TEXT NOT NULL,
    found_at   BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    settled_at BIGINT NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    by_name    TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (item_id, kind, field, value)
);

-- A link counts as dead when it failed twice, on different days.
CREATE TABLE link_check (
    url        TEXT PRIMARY KEY,
    checked_on TEXT NOT NULL,
    fails      BIGINT NOT NULL,
    text       TEXT NOT NULL DEFAULT ''
);
