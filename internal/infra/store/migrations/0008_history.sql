-- +goose Up
-- What an item was before each change: doc stood up to and including the
-- version; changed_at and changed_by are those of the change that replaced it.
-- The document in force is the item's own, so an item that was never changed
-- has no row here.
CREATE TABLE item_history (
    item_id    TEXT NOT NULL REFERENCES item (id),
    version    BIGINT NOT NULL,
    doc        TEXT NOT NULL,
    doc_hash   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    change     TEXT NOT NULL,
    PRIMARY KEY (item_id, version)
);

-- Forms in the middle of being filled, one for each person and item. form is
-- what was typed, also where it cannot be read yet.
CREATE TABLE item_draft (
    item_id   TEXT NOT NULL REFERENCES item (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    base      BIGINT NOT NULL,
    form      TEXT NOT NULL,
    saved_at  BIGINT NOT NULL,
    PRIMARY KEY (item_id, person_id)
);
