-- title: Quadruples without header: subject, relation, object, date (the form of temporal knowledge graph benchmarks)
-- reads: table
-- widths: 4
-- names: subject, relation, object, date
-- example: kg load ICEWS14_full_named.tsv
SELECT row, subject AS actor, relation AS action, object AS target, date, problem FROM source
