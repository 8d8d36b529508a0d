-- title: Correlates of War, formal alliances by dyad (alliance_v4.1_by_dyad.csv)
-- dataset: cow-alliances
-- columns: ccode1, ccode2, dyad_st_day, dyad_st_month, dyad_st_year, dyad_end_day, dyad_end_month, dyad_end_year, defense
-- columns: neutrality, nonaggression, entente
-- optional: version4id, left_censor, right_censor
-- licence: free for research with citation, https://correlatesofwar.org
-- example: kg load alliance_v4.1_by_dyad.csv
-- An alliance binds both: one fact a pair, as it stands. right_censor 1, or no year of the end: it still held when the data
-- ended. An empty or negative day or month is a date of month or year. left_censor 1: it began before 1816, when the data
-- begins.
SELECT row, 'cow:' || ccode1 AS actor, 'cow:' || ccode2 AS target, 'kg' AS scheme, 'ALLIANCE' AS code,
       coalesce(nullif(concat_ws(', ', CASE defense WHEN '1' THEN 'defense' END, CASE neutrality
           WHEN '1' THEN 'neutrality' END,
           CASE nonaggression WHEN '1' THEN 'nonaggression' END, CASE entente WHEN '1' THEN 'entente' END), '')
               || ' pact with', 'allied with') AS action,
       lpad(dyad_st_year, 4, '0') || CASE WHEN dyad_st_month > '0' THEN '-' || lpad(dyad_st_month, 2, '0')
           || CASE WHEN dyad_st_day > '0' THEN '-' || lpad(dyad_st_day, 2, '0') ELSE '' END ELSE '' END || '/'
           || CASE WHEN right_censor = '1' OR coalesce(dyad_end_year, '') <= '0' THEN '..'
              ELSE lpad(dyad_end_year, 4, '0') || CASE WHEN dyad_end_month > '0' THEN '-' || lpad(dyad_end_month, 2, '0')
                  || CASE WHEN dyad_end_day > '0' THEN '-' || lpad(dyad_end_day, 2, '0') ELSE '' END
                  ELSE '' END END AS date,
       concat_ws(' ', version4id, ccode1, ccode2) AS native_id,
       json_merge_patch(extra::JSON, json_object('left_censor', left_censor, 'right_censor',
           right_censor))::VARCHAR AS extra, problem
FROM source
