// title: Who cooperated with both of two actors, either way, by the lesser of both counts, and how much of it was mediation (CAMEO 039, 045)
// theme: Who stands with whom
// param a entity USA
// param b entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask mediators --param a=USA --param b=RUS
MATCH (m:Entity)-[r]-(x:Entity)
WHERE (x.id = $a OR x.id = $b) AND m.id <> $a AND m.id <> $b AND m.kind <> 'none' AND r.quad <= 2
  AND r.date < $until AND (r.until IS NULL OR r.until > $from)
WITH m.id AS mediator, sum(CASE WHEN x.id = $a THEN 1 ELSE 0 END) AS with_a, sum(CASE WHEN x.id = $b THEN 1 ELSE 0 END) AS with_b,
     sum(CASE WHEN r.code = '039' OR r.code = '045' THEN 1 ELSE 0 END) AS mediation
WITH mediator, with_a, with_b, mediation, CASE WHEN with_a < with_b THEN with_a ELSE with_b END AS lesser
WHERE lesser > 0
MATCH (b:Entity) WHERE b.id = mediator
RETURN mediator, b.name AS name, with_a, with_b, mediation
ORDER BY lesser DESC, mediation DESC, mediator
LIMIT $limit
