// title: Which standing relations two actors had with each other on a day, since when and until when
// theme: What stands on a day
// param a entity RUS
// param b entity GEO
// param at date 2008-08-10
// example: kg ask relations-between --param a=RUS --param b=GEO --param at=2008-08-10
MATCH (x:Entity)-[r:ALLIANCE|CEASEFIRE|DIPLOMATIC_RELATIONS|EMBASSY|HOLDS_OFFICE|MEMBERSHIP|OCCUPATION|PART_OF|RECOGNITION
        |RUPTURE|SANCTIONS_IN_FORCE|SUCCEEDED_BY|TALKS|TALKS_SUSPENDED|TREATY|WAR]->(y:Entity)
WHERE x.id IN [$a, $b] AND y.id IN [$a, $b] AND x.id <> y.id AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN r.type AS type, x.id AS actor, r.action AS action, y.id AS target, r.date AS since, r.until AS until,
       r.reports AS reports, r.id AS fact
ORDER BY type, actor, target, since, action, fact
