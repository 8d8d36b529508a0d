// title: Who is in conflict with those an actor is in conflict with, either way, and how often it cooperates with the actor itself
// theme: Who stands with whom
// param actor entity UKR
// param from date 2008-01-01
// param until date 2010-01-01
// param least integer 1
// param limit integer 20
// example: kg ask enemy-of-my-enemy --param actor=UKR
MATCH (a:Entity)-[r]-(e:Entity)
WHERE a.id = $actor AND e.id <> $actor AND e.kind <> 'none' AND r.quad >= 3 AND r.date < $until AND (r.until IS NULL OR r.until > $from)
WITH e, count(*) AS conflicts
WHERE conflicts >= $least
MATCH (e)-[s]-(o:Entity)
WHERE o.id <> $actor AND o.id <> e.id AND o.kind <> 'none' AND s.quad >= 3 AND s.date < $until AND (s.until IS NULL OR s.until > $from)
WITH o, e, count(*) AS conflicts
WITH o, count(*) AS enemies, sum(conflicts) AS conflicts
ORDER BY enemies DESC, conflicts DESC, o.id
LIMIT $limit
OPTIONAL MATCH (o)-[k]-(a:Entity)
WHERE a.id = $actor AND k.quad <= 2 AND k.date < $until AND (k.until IS NULL OR k.until > $from)
RETURN o.id AS other, o.name AS name, enemies, conflicts, count(k.id) AS cooperation
ORDER BY enemies DESC, conflicts DESC, other
