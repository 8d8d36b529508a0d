// title: Who reports a fact: its sources and the addresses they gave
// theme: Who says so
// param fact text e5ce76ce-12dd-7814-366f-ffc34481c92c
// example: kg ask witnesses-of --param fact=e5ce76ce-12dd-7814-366f-ffc34481c92c
MATCH (x:Entity)-[r]->(y:Entity)
WHERE r.id = $fact
WITH r.date AS date, x.id AS actor, r.action AS action, y.id AS target, r.reports AS reports, r.sources AS sources,
     r.sources + coalesce(r.urls, []) AS witnesses
UNWIND witnesses AS witness
RETURN DISTINCT CASE WHEN witness IN sources THEN 'source' ELSE 'url' END AS kind, witness, date, actor, action, target, reports
ORDER BY kind, witness
