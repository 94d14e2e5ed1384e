-- As page.sql, for the events whose ids stand in a JSON array; in no order.
SELECT count(*), coalesce(group_concat(record, char(30)), '') FROM (
  SELECT concat_ws(char(31), position, event_id, stream, version, type, schema_version, recorded_at, actor,
    correlation_id, iif(causation_id IS NULL, '-', '=' || causation_id), executor_epoch, hex(prev_hash), hex(hash),
    payload) AS record
  FROM events WHERE event_id IN (SELECT value FROM json_each(?1)))
