-- +goose Up
-- Lateness that was recorded wrongly and taken back, with the reason. excused says
-- that the day had passed when it was: then it is not recorded again.
CREATE TABLE lateness_withdrawn (
    id           TEXT PRIMARY KEY,
    plan_id      TEXT NOT NULL REFERENCES plan (id),
    unit_id      TEXT NOT NULL REFERENCES unit (id),
    milestone    TEXT NOT NULL,
    due          TEXT NOT NULL,
    noted_at     BIGINT NOT NULL,
    excused      BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    withdrawn_by TEXT NOT NULL,
    withdrawn_at BIGINT NOT NULL
);
CREATE INDEX lateness_withdrawn_unit ON lateness_withdrawn (plan_id, unit_id, milestone);
