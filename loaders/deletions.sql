-- title: A list of records that a dataset has taken back
-- columns: native_id, deleted
-- alias native_id: id, event_id, fact_id, record_id, event_id_cnty, uid, key
-- alias deleted: deleted_timestamp, deleted_at, is_deleted
-- example: kg load deleted.csv --source acled
-- leaves out: rows that are not deleted
-- The dataset is that of the records (--source).
SELECT row, native_id, deleted, problem FROM source
WHERE coalesce(lower(trim(deleted)), '') NOT IN ('', '0', 'f', 'false', 'n', 'no', 'null', 'none')
