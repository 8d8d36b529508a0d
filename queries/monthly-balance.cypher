// title: How many facts of each quad class between two actors began in each month, and cooperation less conflict
// theme: How relations change
// param a entity NATO
// param b entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// example: kg ask monthly-balance --param a=NATO --param b=RUS
MATCH (x:Entity)-[r]->(y:Entity)
WHERE x.id IN [$a, $b] AND y.id IN [$a, $b] AND x.id <> y.id
  AND r.date >= $from AND r.date < $until AND r.precision <> 'year'
WITH left(toString(r.date), 7) AS month, r.quad AS quad
RETURN month, count(*) AS facts,
       sum(CASE WHEN quad = 1 THEN 1 ELSE 0 END) AS verbal_cooperation,
       sum(CASE WHEN quad = 2 THEN 1 ELSE 0 END) AS material_cooperation,
       sum(CASE WHEN quad = 3 THEN 1 ELSE 0 END) AS verbal_conflict,
       sum(CASE WHEN quad = 4 THEN 1 ELSE 0 END) AS material_conflict,
       sum(CASE WHEN quad <= 2 THEN 1 WHEN quad >= 3 THEN -1 ELSE 0 END) AS balance
ORDER BY month
