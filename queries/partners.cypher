// title: Whom an actor dealt with most, either way, and in what spirit
// theme: Who deals with whom
// param actor entity USA
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask partners --param actor=USA --param limit=10
MATCH (a:Entity)-[r]-(b:Entity)
WHERE a.id = $actor AND b.kind <> 'none' AND b.id <> $actor
  AND r.date < $until AND (r.until IS NULL OR r.until > $from)
RETURN b.id AS partner, b.name AS name, count(*) AS facts,
       sum(CASE WHEN r.quad IN [1, 2] THEN 1 ELSE 0 END) AS cooperation,
       sum(CASE WHEN r.quad IN [3, 4] THEN 1 ELSE 0 END) AS conflict
ORDER BY facts DESC, partner
LIMIT $limit
