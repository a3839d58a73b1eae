-- +goose Up
-- What an import does to the items, for its report.
ALTER TABLE import_run ADD COLUMN changes_blob TEXT NOT NULL DEFAULT '';

-- A row was compared with this version of the working copy (0: there was none),
-- which it replaces and no later one. The copy may have been found by its name:
-- identity leads to it, next_identity is the one it has afterwards.
ALTER TABLE import_row ADD COLUMN base BIGINT NOT NULL DEFAULT 0;
ALTER TABLE import_row ADD COLUMN next_identity TEXT NOT NULL DEFAULT '';

CREATE INDEX item_name ON item (unit_id, name);
