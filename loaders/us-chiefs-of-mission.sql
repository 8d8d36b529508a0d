-- title: Chiefs of mission of the United States (Office of the Historian, State Department): who stood for it where
-- dataset: us-chiefs-of-mission
-- columns: id, person, role, territory, appointed, started, ended
-- optional: contemporary_territory, appointed_note, started_note, ended_note, note
-- leaves out: rows without an end whose id stands again with one
-- licence: public domain, a work of the United States government
-- example: kg load chiefs_of_mission.tsv
-- A chief of mission is an EMBASSY of a person with the United States behind it: --roll-up answers for the states.
-- Principal officers, heads of liaison offices and personal representatives are no embassies (Havana from 1977 to 2015,
-- Peking to 1979, the Pope): these hold an office of the United States. Of the dates any may be missing or be a month or
-- year. started and ended: from one to the other. No start: from about the appointment on, or, if there is none, on the
-- last day. No end: of the last in a territory, if that is not long before the data ends, it still holds; of others the
-- first day is known and no more. Who was appointed and neither started nor ended did not serve: that is an appointment, no
-- mission. Of an id that stands twice the finished version counts. Names are made of the ids, surname first.
WITH version AS (
    SELECT *, max(coalesce(ended, '')) OVER (PARTITION BY id) AS latest_end FROM source
),
named AS (
    SELECT *, string_split(person, '-') AS parts,
        max(started) OVER (PARTITION BY territory) AS latest,
        (SELECT max(left(greatest(started, ended, appointed), 4)) FROM source) AS final
    FROM version WHERE problem IS NOT NULL OR coalesce(ended, '') <> '' OR latest_end = '' OR id IS NULL
),
cut AS (
    SELECT *,
        CASE WHEN parts[1] IN ('de', 'van', 'von', 'la', 'le', 'du', 'st') AND len(parts) > 2 THEN 2 ELSE 1 END AS surname,
        CASE WHEN parts[-1] IN ('jr', 'sr', 'ii', 'iii', 'iv') THEN 1 ELSE 0 END AS behind
    FROM named
),
titled AS (
    SELECT *,
        array_to_string(list_transform(
            list_concat(parts[surname + 1:len(parts) - behind], parts[:surname],
                CASE WHEN behind = 1 THEN parts[-1:] ELSE [] END),
            lambda x: CASE WHEN x IN ('ii', 'iii', 'iv') THEN upper(x) ELSE upper(x[1]) || x[2:] END), ' ') AS name,
        replace(replace(replace(role, 'ambassador-e-p', 'ambassador'), 'charge-daffaires', 'chargé d''affaires'),
            '-', ' ') AS title,
        role NOT IN ('principal-officer', 'acting-principal-officer', 'chief', 'personal-representative-of-the-president',
            'representative', 'director', 'agent', 'consul-general') AS embassy,
        CASE WHEN territory = 'korea' AND coalesce(nullif(started, ''), nullif(ended, ''), appointed) >= '1948'
                THEN 'South Korea'
            ELSE coalesce(t.shown, array_to_string(
                list_transform(string_split(territory, '-'), lambda x: upper(x[1]) || x[2:]), ' ')) END AS place,
        coalesce(started, '') <> '' AS began, coalesce(ended, '') <> '' AS over, coalesce(appointed, '') <> '' AS named
    FROM cut LEFT JOIN (
        VALUES ('congo-democratic-republic', 'Democratic Republic of the Congo'),
            ('congo-republic', 'Republic of the Congo'), ('vietnam-south', 'South Vietnam'),
            ('cote-divoire', 'Côte d''Ivoire'), ('saint-kitts-nevis', 'Saint Kitts and Nevis'),
            ('saint-vincent-grenadines', 'Saint Vincent and the Grenadines')
    ) t (territory, shown) USING (territory)
)
SELECT row, titled.name AS actor, 'USA' AS actor_state, 'person' AS actor_kind, 'kg' AS scheme,
       CASE WHEN began OR over THEN title ELSE 'appointed ' || title END || ' in'
           || CASE WHEN embassy THEN '' ELSE ' ' || place END AS action,
       CASE WHEN NOT (began OR over) THEN 'ACT' WHEN embassy THEN 'EMBASSY' ELSE 'HOLDS_OFFICE' END AS code,
       CASE WHEN embassy THEN place ELSE 'United States' END AS target,
       CASE WHEN began AND over AND started <> ended THEN started || '/' || ended
            WHEN began AND NOT over AND started = latest
                AND try_cast(left(started, 4) AS INTEGER) >= try_cast(final AS INTEGER) - 10 THEN started || '/..'
            WHEN began THEN started
            WHEN over AND named THEN appointed || '~/' || ended
            ELSE coalesce(nullif(ended, ''), appointed) END AS date,
       id AS native_id, 'Office of the Historian' AS publisher,
       nullif(concat_ws('; ', nullif(appointed_note, ''), nullif(started_note, ''), nullif(ended_note, ''),
           nullif(note, '')), '') AS quote,
       json_object('person', person, 'role', role, 'appointed', appointed, 'started', started, 'ended',
           ended)::VARCHAR AS extra, problem
FROM titled
