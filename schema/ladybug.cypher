// Functions of Neo4j's Cypher that Ladybug lacks, so that shared queries run on both.
CREATE MACRO type(x) AS label(x);
CREATE MACRO datetime(x) AS cast(x, 'TIMESTAMP_TZ');
CREATE MACRO toString(x) AS cast(x, 'STRING');
CREATE MACRO toInteger(x) AS cast(x, 'INT64');
