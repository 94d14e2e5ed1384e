-- Schema 1. Applied once, in one transaction; later schemas are files of their own.

-- Who this log is; written when the file is created, and never again.
CREATE TABLE meta(
  only     INTEGER PRIMARY KEY CHECK(only = 1),
  store_id TEXT NOT NULL CHECK(length(store_id) = 32),
  genesis  BLOB NOT NULL CHECK(length(genesis) = 32)  -- what the first event points back to
) STRICT;

CREATE TRIGGER meta_written_once BEFORE INSERT ON meta WHEN EXISTS (SELECT 1 FROM meta)
BEGIN SELECT RAISE(ABORT, 'the identity of a log is final'); END;

CREATE TRIGGER meta_not_updated BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'the identity of a log is final'); END;

CREATE TRIGGER meta_not_deleted BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'the identity of a log is final'); END;

CREATE TABLE events(
  position       INTEGER PRIMARY KEY,            -- 1, 2, 3... without a gap: the order of commits
  event_id       TEXT    NOT NULL UNIQUE,        -- derived from its cause: a repeated append is recognised
  stream         TEXT    NOT NULL,               -- 'shop/production', or 'bot'
  version        INTEGER NOT NULL CHECK(version >= 1),
  type           TEXT    NOT NULL,               -- 'RunRequested'
  schema_version INTEGER NOT NULL,               -- of this type's payload
  recorded_at    INTEGER NOT NULL,               -- microseconds UTC; for people, never for order
  actor          TEXT    NOT NULL,               -- 'slack:T01/U02', 'system:schedule'
  correlation_id TEXT    NOT NULL,               -- the run or the command that it belongs to
  causation_id   TEXT,                           -- the event that it follows from
  executor_epoch INTEGER NOT NULL CHECK(executor_epoch >= 0),
  payload        TEXT    NOT NULL CHECK(json_valid(payload)),
  prev_hash      BLOB    NOT NULL CHECK(length(prev_hash) = 32),
  hash           BLOB    NOT NULL CHECK(length(hash) = 32),
  UNIQUE(stream, version)) STRICT;

-- INSERT OR REPLACE deletes without firing a delete trigger, by whichever key collides: so every key is looked at
-- before. The same trigger fences a writer whose idea of the head is old: all it knew is void, and nothing is written.
CREATE TRIGGER events_append_only BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
  OR NEW.prev_hash IS NOT coalesce((SELECT hash FROM events WHERE position = NEW.position - 1),
                                   (SELECT genesis FROM meta))
  OR NEW.executor_epoch < (SELECT executor_epoch FROM events WHERE position = NEW.position - 1)
  OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_not_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
