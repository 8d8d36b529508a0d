// title: What two actors did to each other, in order of time
// theme: What happened
// param a entity NATO
// param b entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// example: kg ask dyad-timeline --param a=NATO --param b=RUS
MATCH (x:Entity)-[r]->(y:Entity)
WHERE x.id IN [$a, $b] AND y.id IN [$a, $b] AND (x.id <> y.id OR $a = $b)
  AND r.date < $until AND (r.until IS NULL OR r.until > $from)
RETURN r.date AS date, r.precision AS precision, x.id AS actor, r.type AS type, r.action AS action, y.id AS target,
       r.reports AS reports, r.id AS fact
ORDER BY date, actor, type, action, target, fact
