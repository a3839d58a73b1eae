-- +goose Up
-- Register: units, their offices and halls, people and their sessions.
CREATE TABLE unit (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    short       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    supervisor  TEXT NOT NULL DEFAULT '',
    system      TEXT NOT NULL DEFAULT '',
    division    TEXT NOT NULL DEFAULT '',
    uscc        TEXT NOT NULL DEFAULT '',
    department  TEXT NOT NULL DEFAULT '',
    phone       TEXT NOT NULL DEFAULT '',
    complaint   TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    hours       TEXT NOT NULL DEFAULT '',
    in_scope    BIGINT NOT NULL DEFAULT 0,
    position    BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX unit_supervisor ON unit (supervisor);

CREATE TABLE office (
    id      TEXT PRIMARY KEY,
    unit_id TEXT NOT NULL REFERENCES unit (id),
    name    TEXT NOT NULL,
    UNIQUE (unit_id, name)
);

CREATE TABLE hall (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL DEFAULT '',
    hours   TEXT NOT NULL DEFAULT '',
    phone   TEXT NOT NULL DEFAULT ''
);

CREATE TABLE hall_window (
    id      TEXT PRIMARY KEY,
    hall_id TEXT NOT NULL REFERENCES hall (id),
    unit_id TEXT NOT NULL REFERENCES unit (id),
    name    TEXT NOT NULL,
    UNIQUE (hall_id, name)
);

CREATE TABLE person (
    id           TEXT PRIMARY KEY,
    login        TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    unit_id      TEXT NOT NULL REFERENCES unit (id),
    office_id    TEXT NOT NULL DEFAULT '',
    phone        TEXT NOT NULL DEFAULT '',
    roles        TEXT NOT NULL,
    password     TEXT NOT NULL,
    failures     BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT NOT NULL DEFAULT 0,
    disabled     BIGINT NOT NULL DEFAULT 0,
    version      BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX person_unit ON person (unit_id);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id),
    form_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

-- The plan, its contacts and the to-dos it raises.
CREATE TABLE plan (
    id      TEXT PRIMARY KEY,
    doc     TEXT NOT NULL,
    active  BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE contact (
    plan_id       TEXT NOT NULL REFERENCES plan (id),
    unit_id       TEXT NOT NULL REFERENCES unit (id),
    leader        TEXT NOT NULL,
    leader_title  TEXT NOT NULL,
    liaison       TEXT NOT NULL,
    liaison_phone TEXT NOT NULL,
    reported_at   BIGINT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (plan_id, unit_id)
);

CREATE TABLE todo (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    title        TEXT NOT NULL,
    unit_id      TEXT NOT NULL DEFAULT '',
    role         TEXT NOT NULL,
    due          TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    done_at      BIGINT NOT NULL DEFAULT 0,
    outcome      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX todo_open ON todo (role, unit_id, done_at, id);
CREATE UNIQUE INDEX todo_subject ON todo (kind, subject_id, unit_id, role, done_at);

-- Working copies of items. doc is the canonical JSON; the other columns are
-- what lists filter, sort and count by.
CREATE TABLE item (
    id            TEXT PRIMARY KEY,
    unit_id       TEXT NOT NULL REFERENCES unit (id),
    identity      TEXT NOT NULL,
    name          TEXT NOT NULL,
    variant       TEXT NOT NULL DEFAULT '',
    code          TEXT NOT NULL DEFAULT '',
    basic_code    TEXT NOT NULL DEFAULT '',
    type          TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL,
    doc           TEXT NOT NULL,
    doc_hash      TEXT NOT NULL,
    visits        BIGINT NOT NULL,
    class         TEXT NOT NULL DEFAULT '',
    stated_class  TEXT NOT NULL DEFAULT '',
    errors        BIGINT NOT NULL DEFAULT 0,
    warnings      BIGINT NOT NULL DEFAULT 0,
    advices       BIGINT NOT NULL DEFAULT 0,
    findings      TEXT NOT NULL DEFAULT '[]',
    submission_id TEXT NOT NULL DEFAULT '',
    release_seq   BIGINT NOT NULL DEFAULT 0,
    updated_at    BIGINT NOT NULL,
    updated_by    TEXT NOT NULL DEFAULT '',
    version       BIGINT NOT NULL DEFAULT 1,
    UNIQUE (unit_id, identity)
);
CREATE INDEX item_list ON item (unit_id, state, class, errors, id);
CREATE INDEX item_state ON item (state, id);
CREATE INDEX item_code ON item (code);

-- Imports: one run a file; rows wait here until the whole file was read, and
-- then become items in one transaction.
CREATE TABLE import_run (
    id          TEXT PRIMARY KEY,
    unit_id     TEXT NOT NULL DEFAULT '',
    file_name   TEXT NOT NULL,
    blob        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    dry_run     BIGINT NOT NULL,
    state       TEXT NOT NULL,
    message     TEXT NOT NULL DEFAULT '',
    rows_read   BIGINT NOT NULL DEFAULT 0,
    good        BIGINT NOT NULL DEFAULT 0,
    bad         BIGINT NOT NULL DEFAULT 0,
    created     BIGINT NOT NULL DEFAULT 0,
    changed     BIGINT NOT NULL DEFAULT 0,
    same        BIGINT NOT NULL DEFAULT 0,
    locked      BIGINT NOT NULL DEFAULT 0,
    report_blob TEXT NOT NULL DEFAULT '',
    rows_blob   TEXT NOT NULL DEFAULT '',
    by_id       TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX import_run_unit ON import_run (unit_id, id);
CREATE INDEX import_run_by ON import_run (by_id, id);

CREATE TABLE import_row (
    run_id       TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    item_id      TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    identity     TEXT NOT NULL,
    name         TEXT NOT NULL,
    variant      TEXT NOT NULL,
    code         TEXT NOT NULL,
    basic_code   TEXT NOT NULL,
    type         TEXT NOT NULL,
    doc          TEXT NOT NULL,
    doc_hash     TEXT NOT NULL,
    visits       BIGINT NOT NULL,
    class        TEXT NOT NULL,
    stated_class TEXT NOT NULL,
    errors       BIGINT NOT NULL,
    warnings     BIGINT NOT NULL,
    advices      BIGINT NOT NULL,
    findings     TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- Existing lists of the units, the provincial catalogue, and what the units
-- say of each entry (认领).
CREATE TABLE list_entry (
    id      TEXT PRIMARY KEY,
    list    TEXT NOT NULL,
    edition TEXT NOT NULL DEFAULT '',
    unit_id TEXT NOT NULL,
    code    TEXT NOT NULL DEFAULT '',
    name    TEXT NOT NULL,
    type    TEXT NOT NULL DEFAULT '',
    basis   TEXT NOT NULL DEFAULT '',
    source  TEXT NOT NULL DEFAULT '',
    UNIQUE (list, edition, unit_id, code, name)
);
CREATE INDEX list_entry_unit ON list_entry (unit_id, list, id);

CREATE TABLE claim (
    entry_id TEXT NOT NULL REFERENCES list_entry (id),
    unit_id  TEXT NOT NULL,
    decision TEXT NOT NULL,
    items    TEXT NOT NULL DEFAULT '[]',
    reason   TEXT NOT NULL DEFAULT '',
    by_name  TEXT NOT NULL,
    at       BIGINT NOT NULL,
    version  BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (entry_id, unit_id)
);

-- Reporting and review.
CREATE TABLE submission (
    id         TEXT PRIMARY KEY,
    plan_id    TEXT NOT NULL REFERENCES plan (id),
    unit_id    TEXT NOT NULL REFERENCES unit (id),
    kind       TEXT NOT NULL,
    number     TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    statement  TEXT NOT NULL DEFAULT '',
    commitment TEXT NOT NULL DEFAULT '',
    hash       TEXT NOT NULL,
    late       BIGINT NOT NULL DEFAULT 0,
    at         BIGINT NOT NULL,
    by_id      TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    settled_at BIGINT NOT NULL DEFAULT 0,
    version    BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX submission_unit ON submission (unit_id, id);
CREATE INDEX submission_state ON submission (state, id);

CREATE TABLE submission_item (
    submission_id TEXT NOT NULL REFERENCES submission (id),
    item_id       TEXT NOT NULL REFERENCES item (id),
    position      BIGINT NOT NULL,
    item_version  BIGINT NOT NULL,
    name          TEXT NOT NULL,
    code          TEXT NOT NULL,
    type          TEXT NOT NULL,
    doc           TEXT NOT NULL,
    doc_hash      TEXT NOT NULL,
    visits        BIGINT NOT NULL,
    class         TEXT NOT NULL,
    warnings      BIGINT NOT NULL,
    outcome       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (submission_id, item_id)
);

CREATE TABLE verdict (
    submission_id TEXT NOT NULL,
    item_id       TEXT NOT NULL,
    office        TEXT NOT NULL,
    decision      TEXT NOT NULL,
    remarks       TEXT NOT NULL DEFAULT '[]',
    by_id         TEXT NOT NULL,
    by_name       TEXT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (submission_id, item_id, office)
);
CREATE INDEX verdict_item ON verdict (item_id);

-- Batches and releases. Releases and their items are only ever inserted.
CREATE TABLE batch (
    id          TEXT PRIMARY KEY,
    plan_id     TEXT NOT NULL REFERENCES plan (id),
    no          BIGINT NOT NULL,
    title       TEXT NOT NULL,
    state       TEXT NOT NULL,
    doc_no      TEXT NOT NULL DEFAULT '',
    doc_date    TEXT NOT NULL DEFAULT '',
    approved_by TEXT NOT NULL DEFAULT '',
    note        TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    UNIQUE (plan_id, no)
);

CREATE TABLE batch_item (
    batch_id      TEXT NOT NULL REFERENCES batch (id),
    item_id       TEXT NOT NULL REFERENCES item (id),
    submission_id TEXT NOT NULL,
    struck        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, item_id)
);

CREATE TABLE release_log (
    seq       BIGINT PRIMARY KEY,
    number    TEXT NOT NULL UNIQUE,
    batch_id  TEXT NOT NULL UNIQUE REFERENCES batch (id),
    batch_no  BIGINT NOT NULL,
    title     TEXT NOT NULL,
    doc_no    TEXT NOT NULL,
    doc_date  TEXT NOT NULL,
    at        BIGINT NOT NULL,
    by_name   TEXT NOT NULL,
    items     BIGINT NOT NULL,
    demo      BIGINT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash      TEXT NOT NULL
);

CREATE TABLE release_item (
    release_seq BIGINT NOT NULL REFERENCES release_log (seq),
    item_id     TEXT NOT NULL,
    unit_id     TEXT NOT NULL,
    unit_name   TEXT NOT NULL,
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    type        TEXT NOT NULL,
    visits      BIGINT NOT NULL,
    class       TEXT NOT NULL,
    doc         TEXT NOT NULL,
    doc_hash    TEXT NOT NULL,
    verify_code TEXT NOT NULL UNIQUE,
    -- 0 while this is the item's current release, else the release that
    -- replaced it.
    replaced_by BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (release_seq, item_id)
);
CREATE INDEX release_item_current ON release_item (replaced_by, item_id);
CREATE INDEX release_item_item ON release_item (item_id, release_seq);
