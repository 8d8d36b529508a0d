-- title: Correlates of War, diplomatic exchange: dyad-years, as missions that stood from one year to another
-- dataset: cow-diplomatic-exchange
-- columns: ccode1, ccode2, year, DR_at_1, DR_at_2, DE
-- optional: version
-- leaves out: dyad-years without a mission (0, or 9 where nothing else shows an exchange)
-- licence: free for research with citation, https://correlatesofwar.org
-- example: kg load Diplomatic_Exchange_2006v1.csv
-- DR_at_1 is the level of the mission of state 2 at state 1, DR_at_2 of state 1 at state 2: 1 chargé d'affaires, 2
-- minister, 3 ambassador, 9 other or not known (all of 1950-65): a mission only if the data calls it an exchange (DE) and
-- no level explains that. COW looked in 1817, 1824, ..., every five years from 1844 to 1914, 1920 to 1940, 1950 to 2005.
-- Years at most seven apart are one span: of 1941 to 1949 nothing is known. A year is a witness of its span. What stands in
-- the last year of the data still stands: its end is not known.
WITH level AS (
    SELECT row, problem, extra, version, year, try_cast(year AS INTEGER) AS y, ccode2 AS sender, ccode1 AS host,
        DR_at_1 AS level, DR_at_2 AS other, DE FROM source
    UNION ALL
    SELECT row, problem, extra, version, year, try_cast(year AS INTEGER), ccode1, ccode2, DR_at_2, DR_at_1, DE FROM source
),
standing AS (
    SELECT *, coalesce(y - lag(y) OVER w > 7, true) AS begins
    FROM level
    WHERE level IN ('1', '2', '3') OR (level = '9' AND DE = '1' AND other = '9') OR problem IS NOT NULL
        OR level IS NULL OR level NOT IN ('0', '9')
    WINDOW w AS (PARTITION BY sender, host, level IN ('1', '2', '3', '9') ORDER BY y)
),
spell AS (
    SELECT *,
        count(*) FILTER (begins) OVER (PARTITION BY sender, host, level IN ('1', '2', '3', '9') ORDER BY y, row) AS spell
    FROM standing
),
ended AS (
    SELECT *, min(y) OVER w AS first, max(y) OVER w AS last FROM spell
    WINDOW w AS (PARTITION BY sender, host, level IN ('1', '2', '3', '9'), spell)
)
SELECT row, 'cow:' || sender AS actor, 'cow:' || host AS target, 'kg' AS scheme, 'EMBASSY' AS code,
       CASE level WHEN '1' THEN 'chargé d''affaires in' WHEN '2' THEN 'minister in'
           WHEN '3' THEN 'ambassador in' ELSE 'mission in' END AS action,
       CASE WHEN last >= greatest(2005, (SELECT max(y) FROM level)) THEN lpad(first::VARCHAR, 4, '0') || '/..'
            WHEN first = last THEN lpad(first::VARCHAR, 4, '0')
            ELSE lpad(first::VARCHAR, 4, '0') || '/' || lpad(last::VARCHAR, 4, '0') END AS date,
       concat_ws(' ', sender, host, year) AS native_id,
       -- 2006.1, stored as a float of 32 bits
       json_object('year', year, 'level', level,
           'version', round(try_cast(version AS DOUBLE), 3)::VARCHAR)::VARCHAR AS extra,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN y IS NULL THEN coalesce(year, '(empty)') || ' is not a year'
            WHEN level IS NULL OR level NOT IN ('1', '2', '3', '9')
                THEN 'level ' || coalesce(level, '(empty)') || ' is none of 0, 1, 2, 3, 9' END AS problem
FROM ended
