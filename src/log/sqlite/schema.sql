-- The events, for ever. Named after the envelope; payloads are text, hashed and stored byte for byte.
CREATE TABLE events (
  position       INTEGER PRIMARY KEY,
  event_id       TEXT    NOT NULL UNIQUE,
  stream         TEXT    NOT NULL,
  version        INTEGER NOT NULL CHECK (version >= 1),
  type           TEXT    NOT NULL,
  schema_version INTEGER NOT NULL CHECK (schema_version >= 1),
  recorded_at    INTEGER NOT NULL, -- microseconds UTC; for people, never for order
  actor          TEXT    NOT NULL,
  correlation_id TEXT    NOT NULL,
  causation_id   TEXT,
  executor_epoch INTEGER NOT NULL,
  payload        TEXT    NOT NULL CHECK (json_valid(payload)),
  prev_hash      BLOB    NOT NULL CHECK (length(prev_hash) = 32),
  hash           BLOB    NOT NULL CHECK (length(hash) = 32),
  UNIQUE (stream, version)
) STRICT;

-- INSERT OR REPLACE overwrites a row without firing a delete trigger, by any of its keys, and a NULL rowid is assigned
-- only after this: so every key is held against what is there.
CREATE TRIGGER events_append_only BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
  OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
BEGIN SELECT raise(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;

-- Which log this is: the first event's previous hash is made from it.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER meta_write_once BEFORE INSERT ON meta
WHEN EXISTS (SELECT 1 FROM meta WHERE name = NEW.name)
BEGIN SELECT raise(ABORT, 'the identity of a log is for ever'); END;

CREATE TRIGGER meta_never_changes BEFORE UPDATE ON meta
BEGIN SELECT raise(ABORT, 'the identity of a log is for ever'); END;

CREATE TRIGGER meta_never_goes BEFORE DELETE ON meta
BEGIN SELECT raise(ABORT, 'the identity of a log is for ever'); END;
