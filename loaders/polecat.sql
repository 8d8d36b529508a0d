-- title: POLECAT event data (Halterman et al., Harvard Dataverse), tab-separated, Latin-1, with header
-- dataset: polecat
-- columns: Event ID, Event Date, Event Type, Actor Name, Recipient Name
-- optional: Event Mode, Intensity, Contexts, Actor Country, Recipient Country, Primary Actor Sector
-- optional: Primary Recipient Sector, Source
-- alias Intensity: Event Intensity
-- delimiter: tab
-- quote: none
-- encoding: latin-1
-- example: kg load ngecEvents.DV.2023.txt
-- Types are PLOVER's. The text None is R's and Python's missing value. Names and countries are lists with semicolons: each
-- actor acts on each recipient, and several without a recipient act on one another; a list of countries that is as long as
-- that of names goes with it one by one, and one alone stands for all.
WITH listed AS (
    SELECT *,
        CASE WHEN coalesce(trim("Actor Name"), '') IN ('', 'None') THEN [NULL]
            ELSE list_transform(string_split("Actor Name", ';'), lambda x: trim(x)) END AS actors,
        CASE WHEN coalesce(trim("Recipient Name"), '') IN ('', 'None') THEN [NULL]
            ELSE list_transform(string_split("Recipient Name", ';'), lambda x: trim(x)) END AS recipients,
        CASE WHEN coalesce(trim("Actor Country"), '') IN ('', 'None') THEN []
            ELSE list_transform(string_split("Actor Country", ';'), lambda x: nullif(trim(x), 'None')) END AS theirs,
        CASE WHEN coalesce(trim("Recipient Country"), '') IN ('', 'None') THEN []
            ELSE list_transform(string_split("Recipient Country", ';'), lambda x: nullif(trim(x), 'None')) END AS others
    FROM source
),
ends AS (
    SELECT *,
        list_transform(range(1, len(actors) + 1), lambda i: {'name': actors[i],
            'country': CASE len(theirs) WHEN len(actors) THEN theirs[i] WHEN 1 THEN theirs[1] END}) AS sources,
        list_transform(range(1, len(recipients) + 1), lambda i: {'name': recipients[i],
            'country': CASE len(others) WHEN len(recipients) THEN others[i] WHEN 1 THEN others[1] END}) AS targets
    FROM listed
),
pair AS (
    SELECT *, unnest(CASE WHEN recipients = [NULL] AND len(list_distinct(sources)) > 1
        THEN list_filter(sources, lambda x: x <> one) ELSE targets END) AS other
    FROM (SELECT *, unnest(sources) AS one FROM ends)
)
SELECT row, one.name AS actor, other.name AS target, one.country AS actor_state, other.country AS target_state,
       upper("Event Type") AS code, 'plover' AS scheme, "Event Date" AS date, "Event ID" AS native_id,
       "Event ID" AS event,
       CASE WHEN coalesce("Event Mode", '') NOT IN ('', 'None') THEN lower("Event Type") || ' (' || "Event Mode" || ')' END
           AS action,
       nullif("Intensity", 'None') AS score, 'polecat' AS score_scale, nullif("Source", 'None') AS publisher,
       json_merge_patch(extra::JSON, json_object('contexts', nullif("Contexts", 'None'),
           'actor_sector', nullif("Primary Actor Sector", 'None'),
           'recipient_sector', nullif("Primary Recipient Sector", 'None')))::VARCHAR AS extra, problem
FROM pair
