-- +goose Up
-- A release comes from a batch or from an adjustment of what is published, and
-- says of each item how it stands: published, suspended or cancelled. Releases
-- made before have hashes of format 1, which knew batches only.
ALTER TABLE batch ADD COLUMN kind TEXT NOT NULL DEFAULT '批次';
ALTER TABLE release_log ADD COLUMN kind TEXT NOT NULL DEFAULT '批次';
ALTER TABLE release_log ADD COLUMN format BIGINT NOT NULL DEFAULT 1;
ALTER TABLE release_item ADD COLUMN standing TEXT NOT NULL DEFAULT '公布';
ALTER TABLE release_item ADD COLUMN op TEXT NOT NULL DEFAULT '';
ALTER TABLE release_item ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE release_item ADD COLUMN effective TEXT NOT NULL DEFAULT '';
ALTER TABLE release_item ADD COLUMN until TEXT NOT NULL DEFAULT '';
ALTER TABLE release_item ADD COLUMN successors TEXT NOT NULL DEFAULT '[]';
