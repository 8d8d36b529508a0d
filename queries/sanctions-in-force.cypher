// title: Which sanctions were in force on a day, by whom and against whom
// theme: What stands on a day
// param at date 2009-09-18
// example: kg ask sanctions-in-force --param at=2009-09-18
MATCH (x:Entity)-[r:SANCTIONS_IN_FORCE]->(y:Entity)
WHERE x.id <> y.id AND y.kind <> 'none' AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN x.id AS actor, y.id AS target, r.action AS action, r.date AS since, r.until AS until, r.reports AS reports, r.id AS fact
ORDER BY target, actor, since, action, fact
