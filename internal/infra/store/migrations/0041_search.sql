-- +goose Up

-- What a county adds to the program's table of people's words, and what people
-- searched for in vain: how often a day, and nothing else.
CREATE TABLE search_word (
    word     TEXT PRIMARY KEY,
    official TEXT NOT NULL,
    source   TEXT NOT NULL,
    by_name  TEXT NOT NULL,
    at       BIGINT NOT NULL
);

CREATE TABLE search_miss (
    day  TEXT NOT NULL,
    text TEXT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (day, text)
);
