-- +goose Up
-- For whom answers are sealed that go back to the public side of two separated
-- networks, and when they were last written out (0: never).
ALTER TABLE return_sender ADD COLUMN answer_key TEXT NOT NULL DEFAULT '';
ALTER TABLE return_sender ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
