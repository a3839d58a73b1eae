-- +goose Up
-- Adjustments (P-3.2f): each is the application behind a batch of that kind.
ALTER TABLE batch ADD COLUMN sent_by TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN publish_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX batch_publish_at ON batch (publish_at);

CREATE TABLE adjustment (
    batch_id       TEXT PRIMARY KEY REFERENCES batch (id),
    number         TEXT NOT NULL UNIQUE,
    op             TEXT NOT NULL,
    unit_id        TEXT NOT NULL REFERENCES unit (id),
    cause          TEXT NOT NULL,
    basis          TEXT NOT NULL,
    cause_on       TEXT NOT NULL,
    effective      TEXT NOT NULL,
    until          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    track          TEXT NOT NULL,
    why            TEXT NOT NULL,
    by_office      BIGINT NOT NULL,
    late           BIGINT NOT NULL,
    due            TEXT NOT NULL,
    filed_id       TEXT NOT NULL DEFAULT '',
    filed_name     TEXT NOT NULL DEFAULT '',
    filed_at       BIGINT NOT NULL DEFAULT 0,
    confirmed_id   TEXT NOT NULL DEFAULT '',
    confirmed_name TEXT NOT NULL DEFAULT '',
    confirmed_at   BIGINT NOT NULL DEFAULT 0,
    decided_id     TEXT NOT NULL DEFAULT '',
    decided_name   TEXT NOT NULL DEFAULT '',
    decided_at     BIGINT NOT NULL DEFAULT 0,
    approved_id    TEXT NOT NULL DEFAULT '',
    approved_name  TEXT NOT NULL DEFAULT '',
    approved_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX adjustment_unit ON adjustment (unit_id, batch_id);

-- The items of an adjustment. While it is drawn up only what each is to become
-- is known; name to doc are what was frozen when it was filed.
CREATE TABLE adjustment_item (
    batch_id   TEXT NOT NULL REFERENCES adjustment (batch_id),
    item_id    TEXT NOT NULL REFERENCES item (id),
    position   BIGINT NOT NULL,
    side       TEXT NOT NULL,
    next       TEXT NOT NULL,
    made       BIGINT NOT NULL,
    from_state TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL DEFAULT '',
    code       TEXT NOT NULL DEFAULT '',
    type       TEXT NOT NULL DEFAULT '',
    visits     BIGINT NOT NULL DEFAULT 0,
    class      TEXT NOT NULL DEFAULT '',
    doc        TEXT NOT NULL DEFAULT '',
    doc_hash   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, item_id)
);
CREATE INDEX adjustment_item_item ON adjustment_item (item_id, batch_id);
