-- title: Travels abroad of presidents and secretaries of state of the United States (Office of the Historian, State Department)
-- dataset: us-travels
-- columns: id, role, name, start_date, end_date, country, remarks
-- optional: who, country_id, locale
-- licence: public domain, a work of the United States government
-- example: kg load travels_abroad.tsv
SELECT row, name AS actor, 'USA' AS actor_state, 'person' AS actor_kind, 'visits' AS action, '042' AS code,
       -- in the war the file's Vietnam is the south, but for those who went to Hanoi
       CASE WHEN country = 'Vietnam' AND start_date < '1975-05-01' AND coalesce(locale,
           '') NOT LIKE '%Hanoi%' THEN 'South Vietnam' ELSE country END AS target,
       CASE WHEN coalesce(end_date, '') IN ('', start_date) THEN start_date ELSE start_date || '/'
           || end_date END AS date,
       id AS native_id, remarks AS quote, 'Office of the Historian' AS publisher,
       json_object('role', role, 'locale', locale)::VARCHAR AS extra, problem
FROM source
