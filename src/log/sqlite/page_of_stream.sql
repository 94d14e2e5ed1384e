-- As page.sql, for one stream.
SELECT count(*), coalesce(group_concat(record, char(30)), ''), coalesce(group_concat(hashes, ''), '') FROM (
  SELECT concat_ws(char(31), position, event_id, stream, version, type, schema_version, recorded_at, actor,
    correlation_id, iif(causation_id IS NULL, '-', '=' || causation_id), executor_epoch, payload) AS record,
    prev_hash || hash AS hashes
  FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3)
