-- title: UCDP Georeferenced Event Dataset (GED): events of organised violence, who against whom
-- dataset: ucdp-ged
-- columns: id, type_of_violence, side_a, side_b, date_prec, date_start, date_end, best
-- optional: country, country_id, source_article, source_office, source_headline, low, high
-- licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
-- example: kg load ged241.csv
-- type_of_violence 1 is of a state, 2 among other groups, 3 one-sided, against civilians; civilians are those of the
-- country. By date_prec 1 the day is known, by 2 that it was within two to six days, 3 a week, 4 a month, 5 more: somewhere
-- from date_start to date_end. That is written as a month or year where it is a whole one, and else as a span whose ends
-- are approximate. Several names in a side are several actors, each against each, tied together by the event; the deaths
-- (score: the best estimate) then stand in "extra" alone, as they are of all of them.
-- "Russia (Soviet Union)" is the name in all years: the state is that of its number (gwnoa, gwnob, country_id) at the date.
WITH sides AS (
    -- the one name with a comma of its own
    SELECT *, string_split(replace(side_a, 'Macedonia, FYR', 'Macedonia'), ', ') AS a,
        string_split(replace(side_b, 'Macedonia, FYR', 'Macedonia'), ', ') AS b,
        regexp_extract_all(extra->>'$.gwnoa', '\d+') AS a_numbers, regexp_extract_all(extra->>'$.gwnob', '\d+') AS b_numbers,
        try_cast(date_start[:10] AS DATE) AS since, try_cast(date_end[:10] AS DATE) AS till
    FROM source
),
-- what these letters mean in this list and not elsewhere
meant (name, country_id, meaning) AS (
    VALUES ('NSA', '652', 'New Syrian Army'), ('SRF', '652', 'Syrian Revolutionaries Front'),
        ('SNA', '652', 'Syrian National Army')
),
pair AS (
    SELECT *, unnest(range(1, len(b) + 1)) AS j
    FROM (SELECT *, unnest(range(1, len(a) + 1)) AS i, len(a) * len(b) AS pairs FROM sides)
),
named AS (
    SELECT *, a[i] AS one, b[j] AS other, CASE WHEN len(a_numbers) = len(a) THEN a_numbers[i] END AS a_number,
        CASE WHEN len(b_numbers) = len(b) THEN b_numbers[j] END AS b_number,
        MAP {'Cambodia (Kampuchea)': '811', 'DR Congo (Zaire)': '490', 'Kingdom of eSwatini (Swaziland)': '572',
            'Madagascar (Malagasy)': '580', 'Myanmar (Burma)': '775', 'Russia (Soviet Union)': '365',
            'Serbia (Yugoslavia)': '345', 'Vietnam (North Vietnam)': '816', 'Yemen (North Yemen)': '678',
            'Zimbabwe (Rhodesia)': '552'} AS numbers
    FROM pair
),
numbered AS (
    SELECT *,
        CASE WHEN one = 'Civilians' AND country LIKE '%(%' THEN country_id
            WHEN one LIKE 'Government of %(%' THEN coalesce(a_number,
                CASE one WHEN 'Government of ' || country THEN country_id END, numbers[one[15:]]) END AS of_one,
        CASE WHEN other = 'Civilians' AND country LIKE '%(%' THEN country_id
            WHEN other LIKE 'Government of %(%' THEN coalesce(b_number,
                CASE other WHEN 'Government of ' || country THEN country_id END, numbers[other[15:]]) END AS of_other,
        -- Gleditsch and Ward give Serbia another number than Yugoslavia
        CASE WHEN since < DATE '2006-06-05' THEN '345' ELSE '340' END AS serbia
    FROM named
)
SELECT row,
       coalesce(ma.meaning, CASE WHEN of_one IS NOT NULL THEN string_split(p.one, ' ')[1]
           WHEN p.one = 'Civilians' THEN 'Civilians (' || country || ')'
           ELSE regexp_replace(p.one, '^(Government of .*) \(.*\)$', '\1') END) AS actor,
       coalesce(mb.meaning, CASE WHEN of_other IS NOT NULL THEN string_split(p.other, ' ')[1]
           WHEN p.other = 'Civilians' THEN 'Civilians (' || country || ')'
           ELSE regexp_replace(p.other, '^(Government of .*) \(.*\)$', '\1') END) AS target,
       'gw:' || CASE WHEN of_one IN ('340', '345') THEN serbia ELSE of_one END AS actor_state,
       'gw:' || CASE WHEN of_other IN ('340', '345') THEN serbia ELSE of_other END AS target_state,
       CASE WHEN p.one NOT LIKE 'Government of %' THEN 'group' END AS actor_kind,
       CASE WHEN p.other NOT LIKE 'Government of %' THEN 'group' END AS target_kind,
       CASE type_of_violence WHEN '3' THEN 'kills civilians of' ELSE 'fights' END AS action,
       'cameo' AS scheme,
       CASE type_of_violence WHEN '1' THEN '190' WHEN '2' THEN '190' WHEN '3' THEN '180' END AS code,
       CASE WHEN since = till AND date_prec = '1' THEN since::VARCHAR
            WHEN since = date_trunc('month', since) AND till = last_day(since) THEN strftime(since, '%Y-%m')
            WHEN since = date_trunc('year', since) AND till = since + INTERVAL 1 YEAR - INTERVAL 1 DAY
                THEN strftime(since, '%Y')
            WHEN date_start[:10] = date_end[:10] THEN date_start[:10] || doubt
            ELSE date_start[:10] || doubt || '/' || date_end[:10] || doubt END AS date,
       id AS native_id, 'GED ' || id AS event, source_office AS publisher,
       coalesce(source_article, source_headline) AS quote,
       CASE WHEN pairs = 1 THEN best END AS score, 'ucdp-deaths' AS score_scale,
       json_merge_patch(extra::JSON, json_object('best', best, 'low', low, 'high', high, 'date_prec', date_prec,
           'country', country, 'side_a', CASE WHEN of_one IS NOT NULL THEN side_a END,
           'side_b', CASE WHEN of_other IS NOT NULL THEN side_b END))::VARCHAR AS extra,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN type_of_violence NOT IN ('1', '2', '3')
                THEN 'type of violence ' || type_of_violence || ' is none of 1, 2, 3' END AS problem
FROM (SELECT *, CASE WHEN date_prec IN ('2', '3', '4', '5') THEN '~' ELSE '' END AS doubt FROM numbered) p
LEFT JOIN meant ma ON ma.name = p.one AND ma.country_id = p.country_id
LEFT JOIN meant mb ON mb.name = p.other AND mb.country_id = p.country_id
