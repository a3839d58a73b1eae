-- +goose Up
-- Places that show guides to the public, what each shows, and what was seen
-- there. Nothing tells who scanned a code: sightings by anybody are counted.
CREATE TABLE place (
    id          TEXT PRIMARY KEY,
    unit_id     TEXT NOT NULL REFERENCES unit (id),
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    location    TEXT NOT NULL,
    keeper      TEXT NOT NULL,
    url         TEXT NOT NULL,
    whole       BIGINT NOT NULL,
    token       TEXT NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    closed_why  TEXT NOT NULL DEFAULT '',
    touched_at  BIGINT NOT NULL,
    crawled_at  BIGINT NOT NULL DEFAULT 0,
    crawl_fails BIGINT NOT NULL DEFAULT 0,
    crawl_note  TEXT NOT NULL DEFAULT '',
    crawl_live  BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 1,
    UNIQUE (unit_id, name)
);

-- open_key is place and item while the display is open, NULL afterwards: a place
-- shows an item in one version.
CREATE TABLE display (
    id          TEXT PRIMARY KEY,
    place_id    TEXT NOT NULL REFERENCES place (id),
    item_id     TEXT NOT NULL,
    open_key    TEXT UNIQUE,
    code        TEXT NOT NULL,
    release_seq BIGINT NOT NULL,
    form        TEXT NOT NULL,
    since       TEXT NOT NULL,
    seen_at     BIGINT NOT NULL,
    by_name     TEXT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0,
    ended_why   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX display_place ON display (place_id, ended_at);
CREATE INDEX display_item ON display (item_id, ended_at);

CREATE TABLE sighting (
    id          TEXT PRIMARY KEY,
    same_key    TEXT NOT NULL UNIQUE,
    place_id    TEXT NOT NULL REFERENCES place (id),
    source      TEXT NOT NULL,
    code        TEXT NOT NULL,
    item_id     TEXT NOT NULL,
    validity    TEXT NOT NULL,
    doubt       TEXT NOT NULL,
    first_at    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    by_name     TEXT NOT NULL,
    settled_at  BIGINT NOT NULL DEFAULT 0,
    settled_why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sighting_place ON sighting (place_id, at);
CREATE INDEX sighting_doubt ON sighting (settled_at, doubt, place_id);
