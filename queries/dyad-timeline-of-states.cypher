// title: What two states, and those who acted for them, did to each other, in order of time
// theme: What happened
// param a entity USA
// param b entity POL
// param from date 0001-01-01
// param until date 9998-12-31
// example: kg ask dyad-timeline-of-states --param a=USA --param b=POL
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date < $until AND (r.until IS NULL OR r.until > $from)
  AND (x.id IN [$a, $b] OR r.actor_state IN [$a, $b]) AND (y.id IN [$a, $b] OR r.target_state IN [$a, $b])
  AND (((x.id = $a OR r.actor_state = $a) AND (y.id = $b OR r.target_state = $b))
    OR ((x.id = $b OR r.actor_state = $b) AND (y.id = $a OR r.target_state = $a)))
RETURN r.date AS date, r.precision AS precision, coalesce(r.actor_state, x.id) AS side, x.id AS actor, r.type AS type,
       r.action AS action, y.id AS target, r.reports AS reports, r.id AS fact
ORDER BY date, side, actor, type, action, target, fact
