-- One row per page: events of the page joined by the record separator, their columns by the unit separator. Neither can
-- stand in a stored text (they are refused at the append). Their hashes follow as plain bytes, 64 for each event. One
-- row costs the driver what one event would.
SELECT count(*), coalesce(group_concat(record, char(30)), ''), coalesce(group_concat(hashes, ''), '') FROM (
  SELECT concat_ws(char(31), position, event_id, stream, version, type, schema_version, recorded_at, actor,
    correlation_id, iif(causation_id IS NULL, '-', '=' || causation_id), executor_epoch, payload) AS record,
    prev_hash || hash AS hashes
  FROM events WHERE position > ?1 ORDER BY position LIMIT ?2)
