// title: How many facts of each type there are in each year
// theme: What happened
// param from date 0001-01-01
// param until date 9998-12-31
// example: kg ask activity-by-type --param from=2009-01-01 --param until=2010-01-01
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date < $until AND (r.until IS NULL OR r.until > $from)
RETURN r.year AS year, r.type AS type, count(*) AS facts, sum(r.reports) AS reports
ORDER BY year, type
