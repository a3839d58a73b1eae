-- +goose Up
-- Existing lists and the provincial catalogue come in by edition. Only the
-- newest edition of a list counts; the older ones stay to be looked up.
ALTER TABLE list_entry ADD COLUMN department TEXT NOT NULL DEFAULT '';
-- 0 for entries that the plan asks no item of (P-2.2).
ALTER TABLE list_entry ADD COLUMN in_scope BIGINT NOT NULL DEFAULT 1;
ALTER TABLE list_entry ADD COLUMN superseded BIGINT NOT NULL DEFAULT 0;
CREATE INDEX list_entry_edition ON list_entry (list, edition, id);
