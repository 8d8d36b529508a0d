// title: Who was a member of an organisation on a day, since when
// theme: What stands on a day
// param of entity NATO
// param at date 2009-09-18
// example: kg ask members-at --param of=NATO --param at=2009-09-18
MATCH (x:Entity)-[r:MEMBERSHIP]->(y:Entity)
WHERE y.id = $of AND x.id <> $of AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN x.id AS member, x.name AS name, r.date AS since, r.until AS until, r.reports AS reports, r.id AS fact
ORDER BY member, since, fact
