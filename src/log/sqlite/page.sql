-- One row per page: events of the page joined by the record separator, their columns by the unit separator. Neither can
-- stand in a stored text (they are refused at the append), and one row costs the driver what one event would.
SELECT count(*), coalesce(group_concat(record, char(30)), '') FROM (
  SELECT concat_ws(char(31), position, event_id, stream, version, type, schema_version, recorded_at, actor,
    correlation_id, iif(causation_id IS NULL, '-', '=' || causation_id), executor_epoch, hex(prev_hash), hex(hash),
    payload) AS record
  FROM events WHERE position > ?1 ORDER BY position LIMIT ?2)
