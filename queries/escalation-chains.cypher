// title: Where conflict between two actors grew: one acted, and from the next day to some days later the other answered more harshly on the same scale
// theme: How relations change
// param a entity GEO
// param b entity RUS
// param from date 2008-01-01
// param until date 2010-01-01
// param days integer 30
// param limit integer 100
// example: kg ask escalation-chains --param a=GEO --param b=RUS
MATCH (x:Entity)-[r]->(y:Entity)
WHERE (x.id = $a OR x.id = $b) AND (y.id = $a OR y.id = $b) AND x.id <> y.id AND r.intensity < 0
  AND r.date >= $from AND r.date < $until AND (r.precision = 'day' OR r.precision = 'span')
WITH collect({actor: x.id, day: r.day, date: r.date, action: r.action, intensity: r.intensity, scale: r.scale, fact: r.id}) AS deeds
UNWIND deeds AS deed
UNWIND deeds AS answer
WITH deed, answer
WHERE answer.actor <> deed.actor AND answer.day > deed.day AND answer.day <= deed.day + $days
  AND answer.scale = deed.scale AND answer.intensity < deed.intensity
RETURN deed.date AS date, deed.actor AS actor, deed.action AS action, deed.intensity AS intensity, answer.day - deed.day AS days,
       answer.action AS answer, answer.intensity AS answer_intensity, deed.scale AS scale, deed.fact AS fact, answer.fact AS answer_fact
ORDER BY date, actor, fact, days, answer_fact
LIMIT $limit
