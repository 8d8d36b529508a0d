-- title: ACLED, armed conflict location and event data (the columns of its exports)
-- dataset: acled
-- columns: event_id_cnty, event_date, time_precision, event_type, sub_event_type, actor1, actor2
-- optional: deleted, iso, country, source, notes, fatalities, assoc_actor_1, assoc_actor_2
-- example: kg load acled-export.csv
-- Type by event_type, and by sub_event_type where it says something else. A precision of 1 is the day, of 2 a day of the
-- week or weekend, which is written as approximate, of 3 the month; where the month can't be told from the day (03/04/2020),
-- such a row is rejected. actor1 and actor2 imply no direction in ACLED: the fact is as they stand. Fatalities are the score;
-- the country is where it happened, and of the actors only brackets tell theirs.
WITH typed (event_type, sub_event_type, code) AS (
    VALUES ('battles', NULL, 'ASSAULT'), ('explosions/remote violence', NULL, 'ASSAULT'),
        ('violence against civilians', NULL, 'ASSAULT'),
        ('violence against civilians', 'abduction/forced disappearance', 'COERCE'),
        ('protests', NULL, 'PROTEST'), ('riots', NULL, 'PROTEST'),
        ('protests', 'excessive force against protesters', 'ASSAULT'), ('riots', 'mob violence', 'ASSAULT'),
        ('strategic developments', 'agreement', 'AGREE'), ('strategic developments', 'arrests', 'COERCE'),
        ('strategic developments', 'looting/property destruction', 'COERCE'),
        ('strategic developments', 'headquarters or base established', 'MOBILIZE'),
        ('strategic developments', 'non-violent transfer of territory', 'CONCEDE')
),
dated AS (
    SELECT *, coalesce(
        try_strptime(event_date, ['%d %B %Y', '%d-%B-%Y', '%d %b %Y', '%Y-%m-%d', '%d-%b-%Y', '%B %d, %Y', '%b %d, %Y',
            '%B %d %Y', '%b %d %Y', '%Y/%m/%d', '%Y%m%d', '%A, %d %B %Y', '%A, %B %d, %Y']),
        try_cast(event_date AS TIMESTAMP)) AS day,
        -- of two numbers the one above twelve is no month
        CASE WHEN time_precision <> '3' THEN NULL
            WHEN regexp_matches(event_date, '^(1[3-9]|2\d|3[01])[/.-]')
                THEN try_strptime(event_date, ['%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y'])
            WHEN regexp_matches(event_date, '^\d+[/.-](1[3-9]|2\d|3[01])[/.-]')
                THEN try_strptime(event_date, ['%m/%d/%Y', '%m.%d.%Y', '%m-%d-%Y']) END AS in_month
    FROM "source"
)
-- "Military Forces of Syria (2000-2024)": the years of a regime are no part of the name, and what comes before them is the
-- state, whatever part of its forces comes behind
SELECT row, regexp_replace(actor1, ' \(\d{4}-(\d{4})?\)', '') AS actor,
       regexp_replace(nullif(actor2, ''), ' \(\d{4}-(\d{4})?\)', '') AS target,
       nullif(regexp_extract(actor1, '^(?:Mutiny of )?.*? of ([^()]+) \(\d{4}-(?:\d{4})?\) +\S', 1), '') AS actor_state,
       nullif(regexp_extract(actor2, '^(?:Mutiny of )?.*? of ([^()]+) \(\d{4}-(?:\d{4})?\) +\S', 1), '') AS target_state,
       d.sub_event_type AS action,
       coalesce(narrow.code, wide.code) AS code,
       CASE WHEN coalesce(narrow.code, wide.code) IS NOT NULL THEN 'plover' END AS scheme,
       CASE time_precision WHEN '3' THEN strftime(coalesce(day, in_month), '%Y-%m')
            WHEN '2' THEN coalesce(strftime(day, '%Y-%m-%d'), event_date) || '~'
            ELSE coalesce(strftime(day, '%Y-%m-%d'), event_date) END AS date,
       event_id_cnty AS native_id, d."source" AS publisher, notes AS quote,
       fatalities AS score, 'acled-fatalities' AS score_scale,
       json_merge_patch(extra::JSON, json_object('event_type', d.event_type, 'country', country,
           'time_precision', time_precision, 'actor1', actor1, 'actor2', actor2,
           'assoc_actor_1', assoc_actor_1, 'assoc_actor_2', assoc_actor_2))::VARCHAR AS extra, deleted,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN time_precision = '3' AND coalesce(day, in_month) IS NULL
                THEN 'the date is known to the month alone (time_precision 3), and ' || event_date || ' does not tell the month'
       END AS problem
FROM dated d
LEFT JOIN typed narrow ON narrow.event_type = lower(d.event_type) AND narrow.sub_event_type = lower(d.sub_event_type)
LEFT JOIN typed wide ON wide.event_type = lower(d.event_type) AND wide.sub_event_type IS NULL
