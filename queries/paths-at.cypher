// title: How two are connected on a day by up to three standing relations, whichever way each; of several of a type between two, one
// theme: What stands on a day
// param a entity POL
// param b entity RUS
// param at date 2009-09-18
// param limit integer 20
// example: kg ask paths-at --param a=POL --param b=RUS --param at=2009-09-18
MATCH (a:Entity)-[r:ALLIANCE|CEASEFIRE|DIPLOMATIC_RELATIONS|EMBASSY|HOLDS_OFFICE|MEMBERSHIP|OCCUPATION|PART_OF|RECOGNITION
        |RUPTURE|SANCTIONS_IN_FORCE|SUCCEEDED_BY|TALKS|TALKS_SUSPENDED|TREATY|WAR]-(m:Entity)
WHERE a.id = $a AND m.id <> $a AND m.kind <> 'none' AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
WITH m, r.type AS type1, min(r.id) AS fact1
OPTIONAL MATCH (m)-[s:ALLIANCE|CEASEFIRE|DIPLOMATIC_RELATIONS|EMBASSY|HOLDS_OFFICE|MEMBERSHIP|OCCUPATION|PART_OF|RECOGNITION
        |RUPTURE|SANCTIONS_IN_FORCE|SUCCEEDED_BY|TALKS|TALKS_SUSPENDED|TREATY|WAR]-(n:Entity)
WHERE m.id <> $b AND n.id <> $a AND n.id <> m.id AND n.kind <> 'none' AND s.date <= $at AND (s.until IS NULL OR s.until > $at)
WITH m, type1, fact1, n, s.type AS type2, min(s.id) AS fact2
OPTIONAL MATCH (n)-[t:ALLIANCE|CEASEFIRE|DIPLOMATIC_RELATIONS|EMBASSY|HOLDS_OFFICE|MEMBERSHIP|OCCUPATION|PART_OF|RECOGNITION
        |RUPTURE|SANCTIONS_IN_FORCE|SUCCEEDED_BY|TALKS|TALKS_SUSPENDED|TREATY|WAR]-(b:Entity)
WHERE n.id <> $b AND b.id = $b AND t.date <= $at AND (t.until IS NULL OR t.until > $at)
WITH m.id AS via1, type1, fact1, n.id AS via2, type2, fact2, t.type AS type3, min(t.id) AS fact3
WHERE $a <> $b AND (via1 = $b OR via2 = $b OR fact3 IS NOT NULL)
RETURN CASE WHEN via1 = $b THEN 1 WHEN via2 = $b THEN 2 ELSE 3 END AS hops,
       type1, CASE WHEN via1 <> $b THEN via1 END AS via1, type2, CASE WHEN via2 <> $b THEN via2 END AS via2, type3,
       fact1, fact2, fact3
ORDER BY hops, type1, via1, type2, via2, type3
LIMIT $limit
