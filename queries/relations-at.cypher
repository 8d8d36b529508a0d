// title: Which standing relations an actor had on a day, either way, since when and until when
// theme: What stands on a day
// param actor entity RUS
// param at date 2009-09-18
// example: kg ask relations-at --param actor=RUS --param at=2009-09-18
MATCH (x:Entity)-[r:ALLIANCE|CEASEFIRE|DIPLOMATIC_RELATIONS|EMBASSY|HOLDS_OFFICE|MEMBERSHIP|OCCUPATION|PART_OF|RECOGNITION
        |RUPTURE|SANCTIONS_IN_FORCE|SUCCEEDED_BY|TALKS|TALKS_SUSPENDED|TREATY|WAR]->(y:Entity)
WHERE (x.id = $actor OR y.id = $actor) AND x.id <> y.id AND y.kind <> 'none' AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN r.type AS type, x.id AS actor, r.action AS action, y.id AS target, r.date AS since, r.until AS until,
       r.reports AS reports, r.id AS fact
ORDER BY type, actor, target, since, action, fact
