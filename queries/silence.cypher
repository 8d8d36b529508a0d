// title: With whom an actor has had no dealings for some months by a day, though it had before; standing relations are no dealings
// theme: Who deals with whom
// param actor entity RUS
// param at date 2009-09-18
// param months integer 6
// param limit integer 20
// example: kg ask silence --param actor=RUS --param at=2009-09-18 --param months=6
MATCH (a:Entity)-[r]-(b:Entity)
WHERE a.id = $actor AND b.id <> $actor AND b.kind <> 'none' AND r.date <= $at
WITH b.id AS partner, r.date AS date, coalesce(r.until, date('9999-12-31')) AS until, $at AS at,
     r.type IN ['ALLIANCE', 'CEASEFIRE', 'DIPLOMATIC_RELATIONS', 'EMBASSY', 'HOLDS_OFFICE', 'MEMBERSHIP', 'OCCUPATION',
                'PART_OF', 'RECOGNITION', 'RUPTURE', 'SANCTIONS_IN_FORCE', 'SUCCEEDED_BY', 'TALKS', 'TALKS_SUSPENDED', 'TREATY', 'WAR'] AS standing
WHERE NOT standing
WITH partner, at, max(until) AS since, count(*) AS facts
WHERE since <= at
WITH partner, since, facts,
     12 * (toInteger(left(toString(at), 4)) - toInteger(left(toString(since), 4)))
       + toInteger(right(left(toString(at), 7), 2)) - toInteger(right(left(toString(since), 7), 2))
       - CASE WHEN right(toString(at), 2) < right(toString(since), 2) THEN 1 ELSE 0 END AS months
WHERE months >= $months
MATCH (b:Entity) WHERE b.id = partner
RETURN partner, b.name AS name, since, months, facts
ORDER BY facts DESC, partner
LIMIT $limit
