-- +goose Up
-- The addresses in published guides, and what came of trying them.
ALTER TABLE link_check ADD COLUMN failed_since TEXT NOT NULL DEFAULT '';
ALTER TABLE link_check ADD COLUMN due_on TEXT NOT NULL DEFAULT '';
CREATE INDEX link_check_due ON link_check (due_on, url);

CREATE TABLE guide_link (
    item_id TEXT NOT NULL REFERENCES item (id),
    field   TEXT NOT NULL,
    label   TEXT NOT NULL,
    url     TEXT NOT NULL,
    PRIMARY KEY (item_id, field)
);
CREATE INDEX guide_link_url ON guide_link (url);
