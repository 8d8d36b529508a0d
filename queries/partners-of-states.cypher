// title: Which states a state, and those who acted for it, dealt with most, either way, and in what spirit
// theme: Who deals with whom
// param actor entity USA
// param from date 0001-01-01
// param until date 9998-12-31
// param limit integer 20
// example: kg ask partners-of-states --param actor=USA --param limit=10
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.date < $until AND (r.until IS NULL OR r.until > $from) AND y.kind <> 'none'
WITH r.quad AS quad, coalesce(r.actor_state, x.id) AS doer, coalesce(r.target_state, y.id) AS other,
     (x.id = $actor OR coalesce(r.actor_state, x.id) = $actor) AS does,
     (y.id = $actor OR coalesce(r.target_state, y.id) = $actor) AS meets
WHERE does <> meets
WITH CASE WHEN does THEN other ELSE doer END AS partner, count(*) AS facts,
     sum(CASE WHEN quad IN [1, 2] THEN 1 ELSE 0 END) AS cooperation,
     sum(CASE WHEN quad IN [3, 4] THEN 1 ELSE 0 END) AS conflict
MATCH (b:Entity) WHERE b.id = partner
RETURN partner, b.name AS name, facts, cooperation, conflict
ORDER BY facts DESC, partner
LIMIT $limit
