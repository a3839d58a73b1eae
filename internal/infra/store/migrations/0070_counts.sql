-- +goose Up
-- Figures of the board, and guides that nobody has confirmed for long, without
-- reading documents.
CREATE INDEX item_tally ON item (unit_id, state, class, visits, errors);
CREATE INDEX release_item_due ON release_item (replaced_by, standing, release_seq, unit_id, item_id);
