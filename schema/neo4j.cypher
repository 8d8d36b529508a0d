// What a Neo4j needs before facts are written: numbered steps, each recorded in the store when it is done.
// {type} stands for every type of the closed list in actions.csv, one statement each.

// 1: one process writes at a time
CREATE CONSTRAINT kg_lease_id IF NOT EXISTS FOR (l:Lease) REQUIRE l.id IS UNIQUE;

// 2: an entity, a report and a load are there once
CREATE CONSTRAINT kg_entity_id IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE;
CREATE CONSTRAINT kg_former_id IF NOT EXISTS FOR (e:Former) REQUIRE e.id IS UNIQUE;
CREATE CONSTRAINT kg_report_id IF NOT EXISTS FOR (r:Report) REQUIRE r.id IS UNIQUE;
CREATE CONSTRAINT kg_withdrawn_id IF NOT EXISTS FOR (w:Withdrawn) REQUIRE w.id IS UNIQUE;
CREATE CONSTRAINT kg_change_id IF NOT EXISTS FOR (c:Change) REQUIRE c.id IS UNIQUE;

// 3: finding entities by name, and reports by fact and by record
CREATE INDEX kg_entity_name IF NOT EXISTS FOR (e:Entity) ON (e.name);
CREATE INDEX kg_report_fact IF NOT EXISTS FOR (r:Report) ON (r.fact);
CREATE INDEX kg_report_record IF NOT EXISTS FOR (r:Report) ON (r.dataset, r.native_id);

// 4: a fact is there once, and is found by its id
CREATE CONSTRAINT kg_{type}_id IF NOT EXISTS FOR ()-[r:{type}]-() REQUIRE r.id IS UNIQUE;

// 5: finding facts by date
CREATE INDEX kg_{type}_date IF NOT EXISTS FOR ()-[r:{type}]-() ON (r.date);
