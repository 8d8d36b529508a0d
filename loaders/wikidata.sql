-- title: Statements of Wikidata (Turtle of its RDF model): diplomatic relations (P530) and memberships (P463)
-- dataset: wikidata
-- columns: statement, subject, property, value, rank, start, end, point, qualifiers
-- optional: subject_label, value_label
-- leaves out: statements of other properties than P530 and P463
-- licence: CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/
-- example: kg load wikidata_P530.ttl
-- Items go by their English labels, if the file has them; their numbers settle who is meant. Dates are those of the
-- qualifiers start time and end time, or point in time; month and day 00 are a date of year or month. Of what ended at an
-- unknown time the beginning is known and no more; without an end, or with the end "no value", it still holds. What
-- Wikidata has deprecated is rejected, and so is what it dates to a millennium or still less exactly.
WITH dated AS (
    SELECT * REPLACE (nullif(start, 'unknown') AS start, nullif("end", 'unknown') AS "end", nullif(point, 'unknown') AS point),
        "end" = 'unknown' AS ended
    FROM source WHERE property IN ('P530', 'P463')
)
SELECT row, coalesce(subject_label, 'wikidata:' || subject) AS actor, coalesce(value_label, 'wikidata:' || value) AS target,
       'wikidata:' || subject AS actor_state, CASE property WHEN 'P530' THEN 'wikidata:' || value END AS target_state,
       'kg' AS scheme, CASE property WHEN 'P530' THEN 'DIPLOMATIC_RELATIONS' WHEN 'P463' THEN 'MEMBERSHIP' END AS code,
       CASE property WHEN 'P530' THEN 'diplomatic relations with' WHEN 'P463' THEN 'member of' END AS action,
       CASE WHEN ended AND start IS NOT NULL THEN start
            WHEN start IS NOT NULL OR "end" IS NOT NULL THEN coalesce(start, '') || '/' || coalesce("end", '..')
            ELSE point END AS date,
       statement AS native_id, 'https://www.wikidata.org/wiki/' || subject || '#' || property AS url,
       json_object('rank', rank, 'qualifiers', qualifiers::JSON, 'labels', [subject_label, value_label])::VARCHAR
           AS extra,
       CASE WHEN problem IS NOT NULL THEN problem
           WHEN rank LIKE 'Deprecated%' THEN 'Wikidata has deprecated this statement'
           WHEN coalesce(start, "end", point) IS NULL
               THEN 'the statement has no date: neither start time, end time nor point in time is known'
           WHEN concat(start, "end", point) LIKE '%years%'
               THEN 'a date is no more exact than ' || regexp_extract(concat(start, "end", point), '[\d,]+ years')
           END AS problem
FROM dated
