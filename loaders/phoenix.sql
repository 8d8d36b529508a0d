-- title: Phoenix event data (Open Event Data Alliance), tab-separated, 26 columns without header
-- dataset: phoenix
-- columns: EventID, Date, SourceActorFull, TargetActorFull, EventCode
-- optional: SourceActorEntity, TargetActorEntity, GoldsteinScore, URLs, NewsSources
-- widths: 26, 27
-- names: EventID, date, Year, Month, Day, SourceActorFull, SourceActorEntity, SourceActorRole, SourceActorAttribute
-- names: TargetActorFull, TargetActorEntity, TargetActorRole, TargetActorAttribute, EventCode, EventRootCode, QuadClass
-- names: GoldsteinScore, Issues, Lat, Lon, LocationName, StateName, CountryCode, SentenceID, URLs, NewsSources, GeoSentence
-- delimiter: tab
-- quote: none
-- example: kg load events.full.20140620.txt
-- Actors are CAMEO's codes of a country and roles (USAGOV); several URLs stand with semicolons between, the first is the
-- report's. Phoenix has a Goldstein scale of its own, which differs from GDELT's and ICEWS' in some codes.
SELECT row, SourceActorFull AS actor, 'cameo:' || nullif(SourceActorEntity, '') AS actor_state,
       TargetActorFull AS target, 'cameo:' || nullif(TargetActorEntity, '') AS target_state,
       EventCode AS code, 'cameo' AS scheme, Date AS date, EventID AS native_id,
       nullif(GoldsteinScore, '') AS score, 'phoenix-goldstein' AS score_scale,
       nullif(trim(string_split(URLs, ';')[1]), '') AS url, nullif(NewsSources, '') AS publisher, extra, problem
FROM source
