-- title: Correlates of War, militarized interstate disputes as wholes (MIDA): told from participants, and refused
-- columns: dispnum, stday, stmon, styear, endday, endmon, endyear, outcome, settle, hiact, hostlev, numa, numb
-- alias dispnum: dispnum3
-- refuses: it lists disputes without their participants, and a fact needs an actor; load the participants: kg load "MIDB 5.0.csv"
-- example: kg load "MIDB 5.0.csv"
SELECT row, dispnum AS actor, 'dispute' AS action, styear AS date, problem FROM source
