// title: In which months two actors turned from conflict to cooperation or back, compared with the last month that had a balance
// theme: How relations change
// param a entity NATO
// param b entity RUS
// param from date 0001-01-01
// param until date 9998-12-31
// param least integer 2
// example: kg ask turning-points --param a=NATO --param b=RUS
MATCH (x:Entity)-[r]->(y:Entity)
WHERE x.id IN [$a, $b] AND y.id IN [$a, $b] AND x.id <> y.id
  AND r.date >= $from AND r.date < $until AND r.precision <> 'year'
WITH left(toString(r.date), 7) AS month, sum(CASE WHEN r.quad <= 2 THEN 1 WHEN r.quad >= 3 THEN -1 ELSE 0 END) AS balance
WHERE balance <> 0
WITH collect({month: month, balance: balance}) AS months
UNWIND months AS one
UNWIND months AS other
WITH one.month AS month, one.balance AS balance, sum(CASE WHEN other.month <= one.month THEN 1 ELSE 0 END) AS place
WITH collect({place: place, month: month, balance: balance}) AS months
UNWIND months AS now
UNWIND months AS before
WITH now, before
WHERE before.place = now.place - 1 AND now.balance * before.balance < 0 AND abs(now.balance - before.balance) >= $least
RETURN now.month AS month, CASE WHEN now.balance > 0 THEN 'cooperation' ELSE 'conflict' END AS turn, now.balance AS balance,
       before.month AS month_before, before.balance AS balance_before
ORDER BY month
