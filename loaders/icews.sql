-- title: ICEWS coded event data (Boschee et al., Harvard Dataverse), tab-separated with header
-- dataset: icews
-- reads: table
-- columns: Event ID, Event Date, Source Name, Event Text, CAMEO Code, Target Name
-- optional: Source Country, Target Country, Intensity, Publisher, Story ID, Sentence Number
-- delimiter: tab
-- quote: none
-- licence: terms of the Harvard Dataverse, https://doi.org/10.7910/DVN/28075
-- example: kg load events.2018.sample.tab
SELECT row,
       "Source Name" AS actor,
       "Event Text" AS action,
       "Target Name" AS target,
       "Event Date" AS date,
       "CAMEO Code" AS code,
       'cameo' AS scheme,
       -- R's missing value, not Namibia: ICEWS writes countries by name
       nullif("Source Country", 'NA') AS actor_state,
       nullif("Target Country", 'NA') AS target_state,
       -- the same event id comes back on other dates: the key is both
       "Event ID" || ' ' || "Event Date" AS native_id,
       nullif("Publisher", 'NA') AS publisher,
       nullif("Intensity", 'NA') AS score,
       'icews' AS score_scale,
       problem
FROM source
