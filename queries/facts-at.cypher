// title: What happened, or may have happened, on a day, and what held on it
// theme: What happened
// param at date 2009-09-18
// example: kg ask facts-at --param at=2009-09-18
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date <= $at AND (r.until IS NULL OR r.until > $at)
RETURN r.date AS date, r.precision AS precision, x.id AS actor, r.type AS type, r.action AS action, y.id AS target,
       r.reports AS reports, r.id AS fact
ORDER BY date, actor, type, action, target, fact
