-- +goose Up

-- How often the guide of a published item is opened a day, and how often from a
-- list of search results. Nothing says by whom.
CREATE TABLE item_use (
    day      TEXT NOT NULL,
    item_id  TEXT NOT NULL,
    views    BIGINT NOT NULL,
    searched BIGINT NOT NULL,
    PRIMARY KEY (day, item_id)
);
