-- title: Visits of foreign leaders to the United States (Office of the Historian, State Department)
-- dataset: us-visits
-- columns: id, start_date, end_date, visitor, from, description
-- optional: from_id
-- licence: public domain, a work of the United States government
-- example: kg load visits_to_us.tsv
-- Of "Siam (Thailand)" or "Poland (government-in-exile)" the state is what stands before the brackets. Korea is
-- the south.
SELECT row, visitor AS actor,
       CASE WHEN "from" = 'Korea' AND start_date >= '1948' THEN 'South Korea'
            WHEN "from" = 'Bosnian Federation' THEN 'Bosnia and Herzegovina'
            WHEN "from" = 'Somoa' THEN 'Samoa'
            ELSE regexp_replace("from", ' \(.*\)$', '') END AS actor_state, 'person' AS actor_kind,
    'visits' AS action, '042' AS code, 'United States' AS target,
       CASE WHEN coalesce(end_date, '') IN ('', start_date) THEN start_date ELSE start_date || '/'
           || end_date END AS date,
       id AS native_id, description AS quote, 'Office of the Historian' AS publisher, extra, problem
FROM source
