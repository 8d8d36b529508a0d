-- title: Correlates of War, formal alliances as pairs of named states with years (the JSON of polycube)
-- dataset: cow-alliances
-- columns: state_name1, state_name2, start, end, defense, neutrality, nonaggression, entente
-- optional: id
-- licence: free for research with citation, https://correlatesofwar.org
-- example: kg load cow_alliances_polycube.json
-- An alliance binds both: one fact a pair, as it stands. The data ends with 2012: what ends then still holds, and so does
-- what ends in the year 0 (Egypt and Israel). It begins with 1816, so that what begins then may be older. Some names are
-- those of COW's list, where one name is a state and its predecessors: COW's code tells them apart.
WITH coded (name, code) AS (
    VALUES ('Germany', 'cow:255'), ('Italy', 'cow:325'), ('Yugoslavia', 'cow:345'), ('Congo', 'cow:484'),
        ('Wuerttemburg', 'cow:271')
)
SELECT row, coalesce(a.code, state_name1) AS actor, coalesce(b.code, state_name2) AS target, 'kg' AS scheme,
    'ALLIANCE' AS code,
       coalesce(nullif(concat_ws(', ', CASE defense WHEN '1' THEN 'defense' END, CASE neutrality
           WHEN '1' THEN 'neutrality' END,
           CASE nonaggression WHEN '1' THEN 'nonaggression' END, CASE entente WHEN '1' THEN 'entente' END), '')
               || ' pact with', 'allied with') AS action,
       CASE WHEN "end" >= '2012' OR "end" = '0' THEN start || '/..' WHEN start = "end" THEN start ELSE start
           || '/' || "end" END AS date,
       id AS native_id, extra, problem
FROM source LEFT JOIN coded a ON a.name = state_name1 LEFT JOIN coded b ON b.name = state_name2
