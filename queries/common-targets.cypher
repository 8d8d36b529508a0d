// title: Whom two actors both dealt with as targets, and in what spirit each of them did
// theme: Who deals with whom
// param a entity USA
// param b entity NATO
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask common-targets --param a=NATO --param b="United States"
MATCH (x:Entity)-[r]->(t:Entity)
WHERE x.id IN [$a, $b] AND NOT t.id IN [$a, $b] AND t.kind <> 'none'
  AND r.date < $until AND (r.until IS NULL OR r.until > $from)
WITH t.id AS target, t.name AS name, count(*) AS facts,
     sum(CASE WHEN x.id = $a THEN 1 ELSE 0 END) AS of_a,
     sum(CASE WHEN x.id = $b THEN 1 ELSE 0 END) AS of_b,
     sum(CASE WHEN x.id = $a AND r.quad <= 2 THEN 1 ELSE 0 END) AS cooperation_of_a,
     sum(CASE WHEN x.id = $a AND r.quad >= 3 THEN 1 ELSE 0 END) AS conflict_of_a,
     sum(CASE WHEN x.id = $b AND r.quad <= 2 THEN 1 ELSE 0 END) AS cooperation_of_b,
     sum(CASE WHEN x.id = $b AND r.quad >= 3 THEN 1 ELSE 0 END) AS conflict_of_b
WHERE of_a > 0 AND of_b > 0
RETURN target, name, facts, cooperation_of_a, conflict_of_a, cooperation_of_b, conflict_of_b
ORDER BY facts DESC, target
LIMIT $limit
