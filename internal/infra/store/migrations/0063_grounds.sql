-- +goose Up
-- What an adjustment rests on, in words, as the public reads it. Releases made
-- before (formats 1 and 2 of the hash) do not say it.
ALTER TABLE release_item ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE release_item ADD COLUMN basis TEXT NOT NULL DEFAULT '';
