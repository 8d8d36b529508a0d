// title: What happened or held in a span of days [from, until)
// theme: What happened
// param from date 2009-09-01
// param until date 2009-10-01
// example: kg ask facts-between --param from=2009-09-01 --param until=2009-10-01
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date < $until AND (r.until IS NULL OR r.until > $from)
RETURN r.date AS date, r.precision AS precision, x.id AS actor, r.type AS type, r.action AS action, y.id AS target,
       r.reports AS reports, r.id AS fact
ORDER BY date, actor, type, action, target, fact
