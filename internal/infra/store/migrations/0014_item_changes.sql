-- +goose Up
-- What is computed over all items and kept in memory asks for what has changed
-- since.
CREATE INDEX item_changed ON item (updated_at, id);
