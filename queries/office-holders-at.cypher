// title: Who held which office of a state or an organisation on a day
// theme: What stands on a day
// param of entity USA
// param at date 2009-09-18
// example: kg ask office-holders-at --param of=USA --param at=2009-09-18
MATCH (x:Entity)-[r:HOLDS_OFFICE]->(y:Entity)
WHERE y.id = $of AND x.id <> $of AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN r.action AS office, x.id AS holder, x.name AS name, r.date AS since, r.until AS until, r.reports AS reports, r.id AS fact
ORDER BY office, since, holder, fact
