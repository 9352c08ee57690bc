-- +goose Up
CREATE TABLE episodes (
  place         INTEGER PRIMARY KEY, -- of the header: segment << 32 | offset
  id            TEXT    NOT NULL UNIQUE,
  env           TEXT    NOT NULL,
  backend       TEXT    NOT NULL,
  task          TEXT    NOT NULL,
  scene         TEXT    NOT NULL,
  split         TEXT    NOT NULL,
  seed          INTEGER NOT NULL,
  evaluation    INTEGER NOT NULL,
  session       TEXT    NOT NULL,
  model         TEXT    NOT NULL,
  steps         INTEGER NOT NULL DEFAULT 0, -- actions; the rest is set at the end
  total         REAL    NOT NULL DEFAULT 0,
  reason        TEXT    NOT NULL DEFAULT '',
  code          TEXT    NOT NULL DEFAULT '',
  started       INTEGER NOT NULL, -- microseconds since 1970
  ended         INTEGER NOT NULL DEFAULT 0,
  last          INTEGER NOT NULL DEFAULT 0 -- place of the last record
);

-- One row: how far the log has been read.
CREATE TABLE cursor (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  segment INTEGER NOT NULL,
  offset  INTEGER NOT NULL
);
INSERT INTO cursor VALUES (1, 0, 0);

-- +goose Down
DROP TABLE cursor;
DROP TABLE episodes;
