// title: On which days sources disagreed about what one did to another: how many tell only of cooperation, only of conflict, of both
// theme: Who says so
// param from date 2008-01-01
// param until date 2010-01-01
// param limit integer 20
// example: kg ask most-disputed --param from=2008-01-01
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date >= $from AND r.date < $until AND r.precision = 'day' AND r.quad >= 1 AND x.id <> y.id AND y.kind <> 'none'
UNWIND r.sources AS source
WITH r.date AS date, x.id AS actor, y.id AS target, source, min(r.quad) AS least, max(r.quad) AS most
WITH date, actor, target, sum(CASE WHEN most <= 2 THEN 1 ELSE 0 END) AS cooperation, sum(CASE WHEN least >= 3 THEN 1 ELSE 0 END) AS conflict,
     count(*) AS sources
WHERE cooperation > 0 AND conflict > 0
RETURN date, actor, target, cooperation, conflict, sources - cooperation - conflict AS both
ORDER BY CASE WHEN cooperation < conflict THEN cooperation ELSE conflict END DESC, sources DESC, date, actor, target
LIMIT $limit
