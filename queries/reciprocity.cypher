// title: What an actor gave those it dealt with and what it got back from them: cooperation and conflict, one way and the other
// theme: Who deals with whom
// param actor entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask reciprocity --param actor=RUS --param limit=10
MATCH (a:Entity)-[r]->(b:Entity)
WHERE a.id = $actor AND b.id <> $actor AND b.kind <> 'none' AND r.date < $until AND (r.until IS NULL OR r.until > $from)
WITH b, count(*) AS given, sum(CASE WHEN r.quad <= 2 THEN 1 ELSE 0 END) AS cooperation_given,
     sum(CASE WHEN r.quad >= 3 THEN 1 ELSE 0 END) AS conflict_given
ORDER BY given DESC, b.id
LIMIT $limit
OPTIONAL MATCH (b)-[s]->(a:Entity)
WHERE a.id = $actor AND s.date < $until AND (s.until IS NULL OR s.until > $from)
RETURN b.id AS partner, b.name AS name, given, count(s.id) AS got, cooperation_given,
       sum(CASE WHEN s.quad <= 2 THEN 1 ELSE 0 END) AS cooperation_got, conflict_given,
       sum(CASE WHEN s.quad >= 3 THEN 1 ELSE 0 END) AS conflict_got
ORDER BY given DESC, partner
