-- title: A table of facts under the column names people use (CSV, TSV, JSON, JSON lines, Parquet, XLSX)
-- reads: table
-- columns: actor, action, date
-- optional: target, code, scheme, deleted, coded, actor_kind, target_kind, actor_state, target_state, event, native_id, publisher, url, quote, score, score_scale, end
-- alias actor: subject, subj, head, source_actor, actor1, actor_1, actor name, initiator, who, agent, from_actor, source entity, sender, source
-- alias action: relation, predicate, verb, rel, edge, action_text, interaction, relationship, event_text, event_type, did, event
-- alias target: object, obj, tail, target_actor, actor2, actor_2, target name, recipient, whom, to_actor, target entity, receiver, to
-- alias date: when, event_date, day, time, timestamp, datetime, start, start_date, date_start, year, begin
-- alias end: end_date, date_end, stop
-- alias code: event_code, cameo, cameo_code, action_code
-- alias event: event_group, deed, group_id
-- alias native_id: id, event_id, fact_id, record_id, uid, key
-- alias publisher: source, sources, outlet, newspaper, reported_by, medium
-- alias url: urls, link, source_url, href
-- alias quote: text, sentence, headline, quotation, evidence
-- alias score: goldstein, intensity
-- alias score_scale: scale
-- example: kg load examples/missile-shield-2009.csv
SELECT row, actor, action, target,
       -- in our own exports: a code that only the lexicon gave is found again, and is no part of a fact's identity
       CASE WHEN coded IS NULL OR coded <> 'verb' THEN code END AS code, scheme, actor_kind, target_kind, actor_state, target_state,
       event, native_id, publisher, url, quote, score, score_scale, extra, deleted, problem,
       -- "end" is the last day; EDTF writes the span as first/last, and between dates with slashes of their own ISO 8601 has --
       CASE WHEN nullif(trim("end"), '') IS NULL OR "end" = date THEN date
            WHEN contains(date || "end", '/') THEN coalesce(nullif(trim(date), ''), '..') || '--' || "end"
            ELSE date || '/' || "end" END AS date
FROM source
-- in our own exports: what the graph derived follows again from what it rested on
WHERE coded IS NULL OR coded <> 'derived'
