-- +goose Up
-- A code is looked up in the catalogue whenever an item is judged (K03).
CREATE INDEX list_entry_code ON list_entry (list, code);
