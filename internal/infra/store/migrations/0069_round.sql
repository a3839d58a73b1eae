-- +goose Up
-- The guides of a unit, without reading their documents.
CREATE INDEX release_item_unit ON release_item (unit_id, replaced_by, standing, item_id, release_seq);
