// title: Who took the same side as an actor, or the opposite one: cooperation or conflict with the same third within some days
// theme: Who stands with whom
// param actor entity POL
// param from date 2009-01-01
// param until date 2010-01-01
// param days integer 7
// param limit integer 20
// example: kg ask who-sided-with-whom --param actor=POL
MATCH (a:Entity)-[r]->(t:Entity)
WHERE a.id = $actor AND t.id <> $actor AND t.kind <> 'none' AND r.date >= $from AND r.date < $until AND r.quad >= 1
  AND (r.precision = 'day' OR r.precision = 'span')
WITH t, r.day AS day, r.quad <= 2 AS friendly, count(*) AS deeds
MATCH (o:Entity)-[s]->(t)
WHERE o.id <> $actor AND o.id <> t.id AND s.date >= $from AND s.date < $until AND s.quad >= 1
  AND (s.precision = 'day' OR s.precision = 'span') AND s.day >= day - $days AND s.day <= day + $days
WITH DISTINCT o, t, day, deeds, friendly, friendly = (s.quad <= 2) AS agreed
WITH o, t, sum(CASE WHEN agreed THEN deeds ELSE 0 END) AS same, sum(CASE WHEN agreed THEN 0 ELSE deeds END) AS opposite
WITH o, count(*) AS thirds, sum(same) AS same, sum(opposite) AS opposite
RETURN o.id AS other, o.name AS name, thirds, same, opposite
ORDER BY same DESC, opposite, other
LIMIT $limit
