-- title: GDELT event exports, 1.0 (57 or 58 columns) and 2.0 (61), tab-separated without header
-- dataset: gdelt
-- reads: table
-- widths: 57, 58, 61
-- delimiter: tab
-- first: \d+
-- quote: none
-- licence: free for any use with a citation and a link to the GDELT Project, https://www.gdeltproject.org/about.html#termsofuse
-- example: kg load 20180101000000.export.CSV
-- Columns by position (GDELT event codebooks 1.03 and 2.0): 1 GlobalEventID, 2 SQLDATE, 6-8 Actor1Code, Name, CountryCode,
-- 16-18 the same of Actor2, 27 EventCode, 31 GoldsteinScale; the last is SOURCEURL, which exports of 57 columns don't have.
-- Names that are bare roles ("PRESIDENT") are told apart by their country: "PRESIDENT (ZAF)". Without country and known
-- group (9, 19) a code of ethnic groups, religions and types alone (10-15, 20-25) says that somebody of that role is
-- meant: BOSS (BUS) and CHRISTIAN (CHR) are nobody's names.
SELECT row,
       CASE WHEN c7 <> '' AND c8 <> '' THEN c7 || ' (' || c8 || ')' ELSE coalesce(nullif(c7, ''), c6) END AS actor,
       'cameo:' || c8 AS actor_state,
       CASE WHEN c17 <> '' AND c18 <> '' THEN c17 || ' (' || c18 || ')' ELSE coalesce(nullif(c17, ''), c16) END AS target,
       'cameo:' || c18 AS target_state,
       CASE WHEN coalesce(c8, '') || coalesce(c9, '') = ''
            AND regexp_replace(trim(c6), '^REL|\d+', '', 'g') = concat(c10, c11, c12, c13, c14, c15) THEN 'group' END
           AS actor_kind,
       CASE WHEN coalesce(c18, '') || coalesce(c19, '') = ''
            AND regexp_replace(trim(c16), '^REL|\d+', '', 'g') = concat(c20, c21, c22, c23, c24, c25) THEN 'group' END
           AS target_kind,
       c2 AS date,
       c27 AS code,
       'cameo' AS scheme,
       c1 AS native_id,
       c31 AS score,
       'goldstein' AS score_scale,
       CASE width WHEN 58 THEN c58 WHEN 61 THEN c61 END AS url,
       problem
FROM source
