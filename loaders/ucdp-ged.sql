-- title: UCDP Georeferenced Event Dataset (GED): events of organised violence, who against whom
-- dataset: ucdp-ged
-- columns: id, type_of_violence, side_a, side_b, date_prec, date_start, date_end, best
-- optional: country, country_id, source_article, source_office, source_headline, low, high
-- licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
-- example: kg load ged241.csv
-- type_of_violence 1 is of a state, 2 among other groups, 3 one-sided, against civilians; civilians are those of the
-- country. By date_prec 1 the day is known, by 2 that it was within two to six days, 3 a week, 4 a month, 5 more: somewhere
-- from date_start to date_end, which is written as a month or year where it is a whole one. Several names in a side are
-- several actors, each against each, tied together by the event; the deaths (score: the best estimate) then stand in
-- "extra" alone, as they are of all of them.
WITH sides AS (
    SELECT *, string_split(side_a, ', ') AS a, string_split(side_b, ', ') AS b,
        try_cast(date_start[:10] AS DATE) AS since, try_cast(date_end[:10] AS DATE) AS till
    FROM source
),
-- what these letters mean in this list and not elsewhere
meant (name, country_id, meaning) AS (
    VALUES ('NSA', '652', 'New Syrian Army'), ('SRF', '652', 'Syrian Revolutionaries Front'),
        ('SNA', '652', 'Syrian National Army')
),
pair AS (SELECT *, unnest(b) AS other FROM (SELECT *, unnest(a) AS one, len(a) * len(b) AS pairs FROM sides))
SELECT row,
       coalesce(ma.meaning, CASE WHEN p.one = 'Civilians' THEN 'Civilians (' || country || ')' ELSE p.one END) AS actor,
       coalesce(mb.meaning, CASE WHEN p.other = 'Civilians' THEN 'Civilians (' || country || ')' ELSE p.other END)
           AS target,
       CASE WHEN p.one NOT LIKE 'Government of %' THEN 'group' END AS actor_kind,
       CASE WHEN p.other NOT LIKE 'Government of %' THEN 'group' END AS target_kind,
       CASE type_of_violence WHEN '3' THEN 'kills civilians of' ELSE 'fights' END AS action,
       'cameo' AS scheme,
       CASE type_of_violence WHEN '1' THEN '190' WHEN '2' THEN '190' WHEN '3' THEN '180' END AS code,
       CASE WHEN since = till AND date_prec = '1' THEN since::VARCHAR
            WHEN since = date_trunc('month', since) AND till = last_day(since) THEN strftime(since, '%Y-%m')
            WHEN since = date_trunc('year', since) AND till = since + INTERVAL 1 YEAR - INTERVAL 1 DAY
                THEN strftime(since, '%Y')
            WHEN date_start[:10] = date_end[:10] THEN date_start[:10]
            ELSE date_start[:10] || '/' || date_end[:10] END AS date,
       id AS native_id, 'GED ' || id AS event, source_office AS publisher,
       coalesce(source_article, source_headline) AS quote,
       CASE WHEN pairs = 1 THEN best END AS score, 'ucdp-deaths' AS score_scale,
       json_merge_patch(extra::JSON, json_object('best', best, 'low', low, 'high', high, 'date_prec', date_prec,
           'country', country))::VARCHAR AS extra,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN type_of_violence NOT IN ('1', '2', '3')
                THEN 'type of violence ' || type_of_violence || ' is none of 1, 2, 3' END AS problem
FROM pair p LEFT JOIN meant ma ON ma.name = p.one AND ma.country_id = p.country_id
LEFT JOIN meant mb ON mb.name = p.other AND mb.country_id = p.country_id
