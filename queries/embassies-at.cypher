// title: Which embassies a state had abroad on a day, and which it was host to
// theme: What stands on a day
// param state entity USA
// param at date 2009-09-18
// example: kg ask embassies-at --param state=USA --param at=2009-09-18
MATCH (x:Entity)-[r:EMBASSY]->(y:Entity)
WHERE (x.id = $state OR y.id = $state) AND x.id <> y.id AND y.kind <> 'none' AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN x.id AS sender, y.id AS host, r.action AS action, r.date AS since, r.until AS until, r.reports AS reports, r.id AS fact
ORDER BY sender, host, since, action, fact
