-- title: PLOVER records as JSON: sources and targets are lists of actors (gold standard records, plovigy)
-- dataset: plover
-- columns: id, date, source, event, eventText
-- optional: target, mode, text, publication, context, enddate
-- leaves out: records of documentation (event DOCUMENT)
-- example: kg load PLOVER_GSR_CAMEO.txt
-- Each source acts on each target; where there are several sources and no target, they act on one another ("agreed",
-- "met"). Types that later versions of PLOVER dropped are the ones they were merged into. The gold standard records of
-- CAMEO's manual all bear the day 2000-01-01, which is not theirs: it is written as uncertain.
WITH record AS (
    SELECT row, id, date, event, eventText, mode, text, publication, context, extra, problem,
        CASE WHEN json_valid("source") AND json_type("source") = 'ARRAY'
            THEN from_json("source", '["JSON"]') END AS sources,
        CASE WHEN json_valid(target) AND json_type(target) = 'ARRAY' THEN from_json(target, '["JSON"]')
             WHEN nullif(trim(target), '') IS NOT NULL THEN [json_object('actorText', target)] ELSE [] END AS targets
    FROM "source" WHERE event IS DISTINCT FROM 'DOCUMENT'
),
pair AS (
    SELECT *, unnest(CASE WHEN len(targets) > 0 THEN targets
        WHEN len(list_distinct(sources)) > 1 THEN list_filter(sources, lambda x: x <> one) ELSE [NULL] END) AS other
    FROM (SELECT *, unnest(CASE WHEN len(sources) > 0 THEN sources ELSE [NULL] END) AS one FROM record)
)
SELECT row, one->>'$.actorText' AS actor, one->>'$.code' AS actor_state,
       other->>'$.actorText' AS target, other->>'$.code' AS target_state,
       eventText AS action, 'plover' AS scheme,
       CASE event WHEN 'DEMAND' THEN 'REQUEST' WHEN 'DISAPPROVE' THEN 'ACCUSE' WHEN 'INVESTIGATE' THEN 'ACCUSE'
           WHEN 'FIGHT' THEN 'ASSAULT' WHEN 'YIELD' THEN 'CONCEDE' WHEN 'SEIZE' THEN 'COERCE' ELSE event END AS code,
       date || CASE WHEN id LIKE 'PLOVER-GSR%' AND date = '2000-01-01' THEN '?' ELSE '' END AS date,
       id AS native_id, id AS event, publication AS publisher, text AS quote,
       json_object('event', event, 'mode', mode, 'context', context, 'source', one, 'target', other)::VARCHAR AS extra,
       problem
FROM pair
