-- +goose Up
-- Lists of the workbench are sorted by their columns, page by page by keys.
CREATE INDEX item_by_name ON item (name, id);
CREATE INDEX item_by_unit ON item (unit_id, id);
CREATE INDEX item_by_visits ON item (visits, id);
CREATE INDEX item_by_errors ON item (errors, id);
CREATE INDEX item_by_update ON item (updated_at, id);
CREATE INDEX adjustment_by_due ON adjustment (due, batch_id);
