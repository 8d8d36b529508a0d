-- title: ICEWS records of protest and dissent as JSON (ICEWS-to-jsonl, plovigy's DEDI samples)
-- dataset: icews-dissent
-- columns: id, date, event, eventText, protesteridentity, country
-- optional: enddate, publication, text, headline, ccode
-- example: kg load plovigy-DEDI-input-sample.jsonl
-- The identity is a name, its sectors and its country, with colons between; the texts NULL and null are no values. The
-- records name no target.
SELECT row, trim(string_split(protesteridentity, ': ')[1]) AS actor, nullif(trim(string_split(protesteridentity,
    ': ')[3]), 'NULL') AS actor_state,
       eventText AS action, event AS code, 'cameo' AS scheme,
       CASE WHEN coalesce(enddate, '') IN ('', date) THEN date ELSE date || '/' || enddate END AS date,
       id AS native_id, publication AS publisher, coalesce(nullif(text, ''), headline) AS quote,
       json_merge_patch(extra::JSON, json_object('identity', protesteridentity, 'country',
           country))::VARCHAR AS extra, problem
FROM source
