-- title: Facts as kg export writes them (CSV, TSV, JSON, JSON lines, Parquet, XLSX, and what is read from graphs and RDF)
-- reads: table
-- columns: id, date, actor, actor_id, action, target_id, coded, witnesses
-- optional: target, code, scheme, event, actor_state, target_state, actor_kind, target_kind
-- leaves out: derived facts, which are derived again
-- guarded: ^'+[=+\-@＝＋－＠\t\r\n]
-- example: kg load facts.csv
-- Every witness is a report of its own: [{"source": "AFP", "url": "https://...", "quote": "..."}, ...]
-- Of a fact's witnesses that say the same the second and further ones are told apart by their number.
SELECT row, actor, actor_id, actor_state, actor_kind, action, date, event, id AS native_id, problem,
       -- a code that the lexicon or a label gave is found again, and only so is the fact the same
       CASE WHEN coded IN ('code', 'unknown code') THEN code END AS code,
       CASE WHEN coded IN ('code', 'unknown code') THEN scheme END AS scheme,
       CASE WHEN target_id <> 'NONE' THEN target END AS target, nullif(target_id, 'NONE') AS target_id,
       target_state, nullif(target_kind, 'none') AS target_kind,
       witness->>'source' AS publisher, witness->>'url' AS url, witness->>'quote' AS quote,
       witness->>'score' AS score, witness->>'scale' AS score_scale,
       CASE WHEN row_number() OVER alike > 1 THEN json_object('witness', row_number() OVER alike)::VARCHAR END AS extra
FROM (SELECT *, unnest(CASE WHEN json_valid(witnesses) AND json_array_length(witnesses) > 0
                            THEN json_extract(witnesses, '$[*]') ELSE ['{}'::JSON] END) AS witness FROM source
      WHERE coded IS DISTINCT FROM 'derived')
WINDOW alike AS (PARTITION BY row, witness->>'source', witness->>'url', witness->>'quote', witness->>'score', witness->>'scale')
