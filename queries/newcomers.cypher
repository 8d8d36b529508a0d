// title: Who comes up for the first time in a span of days, as actor or as target
// theme: Who deals with whom
// param from date 2009-09-01
// param until date 2009-10-01
// param limit integer 20
// example: kg ask newcomers --param from=2009-09-01 --param until=2009-10-01
MATCH (e:Entity)-[r]-(:Entity)
WHERE r.date < $until
WITH e, min(r.date) AS first
WHERE first >= $from AND e.kind <> 'none'
RETURN e.id AS newcomer, e.name AS name, e.kind AS kind, first
ORDER BY first, newcomer
LIMIT $limit
