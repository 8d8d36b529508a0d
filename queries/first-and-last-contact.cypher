// title: When an actor first and last dealt with each of its partners, the busiest first; by the first day of a fact
// theme: Who deals with whom
// param actor entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask first-and-last-contact --param actor=RUS --param limit=10
MATCH (a:Entity)-[r]-(b:Entity)
WHERE a.id = $actor AND b.kind <> 'none' AND b.id <> $actor AND r.date < $until AND (r.until IS NULL OR r.until > $from)
RETURN b.id AS partner, b.name AS name, min(r.date) AS first, max(r.date) AS last, count(*) AS facts
ORDER BY facts DESC, partner
LIMIT $limit
