-- title: Correlates of War, militarized interstate disputes: participants (MIDB), as who acted against whom
-- dataset: cow-mid
-- columns: dispnum, ccode, stday, stmon, styear, endday, endmon, endyear, sidea, hiact, hostlev
-- alias dispnum: dispnum3
-- leaves out: participants that took no militarized action themselves (hostility level 1); they stand as targets of the others
-- licence: free for research with citation, https://correlatesofwar.org
-- example: kg load "MIDB 5.0.csv"
-- A dispute has two sides (sidea 1 and 0). Each participant acts against each of the other side whose spell in the dispute
-- overlaps its own, for the days of the overlap: directed dyads, as dyadic MID data has them. COW does not say who met
-- whom, so in a dispute of many (World War I) there are dyads that never met. The action is the participant's highest
-- (hiact), for the whole of the dispute; its type follows the level of hostility: threat, display, use of force. War takes
-- two: of a participant at level 5 it is WAR towards opponents at level 5 and a use of force towards the others. CAMEO has
-- no code for declaring war; COW counts it as a use of force. -9 for a day or month is a date of month or year. Disputes
-- that went on in 2014 end with their last incident. Occupations and declarations of war are named by nouns: as verbs they
-- would open a relation that stands until something closes it, and a dispute has an end.
WITH spell AS (
    SELECT *, try_cast(rpad(first, 10, '-01') AS DATE) AS since,
        CASE length(last)
            WHEN 4 THEN try_cast(last || '-12-31' AS DATE)
            WHEN 7 THEN last_day(try_cast(last || '-01' AS DATE))
            ELSE try_cast(last AS DATE)
        END AS till
    FROM (
        SELECT *,
            lpad(styear, 4, '0') || CASE WHEN stmon NOT LIKE '-%' THEN '-' || lpad(stmon, 2, '0')
                || CASE WHEN stday NOT LIKE '-%' THEN '-' || lpad(stday, 2, '0') ELSE '' END ELSE '' END AS first,
            lpad(endyear, 4, '0') || CASE WHEN endmon NOT LIKE '-%' THEN '-' || lpad(endmon, 2, '0')
                || CASE WHEN endday NOT LIKE '-%' THEN '-' || lpad(endday, 2, '0') ELSE '' END ELSE '' END AS last
        FROM source
    )
),
-- the later first day and the earlier last one; of two that begin alike the more exact
met AS (
    SELECT a.*, b.ccode AS opponent, b.hostlev AS opposed,
        CASE WHEN b.since > a.since OR (b.since = a.since AND length(b.first) > length(a.first))
            THEN b.first ELSE a.first END AS began,
        CASE WHEN b.till < a.till OR (b.till = a.till AND length(b.last) > length(a.last))
            THEN b.last ELSE a.last END AS ended
    FROM spell a LEFT JOIN spell b
        ON b.dispnum = a.dispnum AND b.sidea <> a.sidea AND b.ccode <> a.ccode AND b.since <= a.till AND a.since <= b.till
    WHERE a.hostlev IS DISTINCT FROM '1'
),
act (hiact, scheme, code, action) AS (
    VALUES ('1', 'cameo', '138', 'threatens to use force against'), ('2', 'cameo', '1381', 'threatens to blockade'),
        ('3', 'cameo', '1382', 'threatens to occupy territory of'), ('4', 'cameo', '138', 'threatens to declare war on'),
        ('5', 'cameo', '1385', 'threatens to use weapons of mass destruction against'),
        ('6', 'cameo', '138', 'threatens to join a war against'), ('7', 'cameo', '150', 'shows force to'),
        ('8', 'cameo', '152', 'puts forces on alert against'),
        ('9', 'cameo', '152', 'puts nuclear forces on alert against'),
        ('10', 'cameo', '154', 'mobilizes against'), ('11', 'cameo', '150', 'fortifies the border with'),
        ('12', 'cameo', '150', 'violates the border of'), ('13', 'cameo', '191', 'blockades'),
        ('14', 'cameo', '192', 'occupation of territory of'), ('15', 'cameo', '190', 'seizes people or property of'),
        ('16', 'cameo', '190', 'attacks'), ('17', 'cameo', '190', 'clashes with'),
        ('18', 'cameo', '190', 'declaration of war on'),
        ('19', 'cameo', '2041', 'uses chemical, biological or radiological weapons against'),
        ('level 2', 'cameo', '138', 'threatens to use force against'), ('level 3', 'cameo', '150', 'shows force to'),
        ('level 4', 'cameo', '190', 'uses force against'), ('war', 'kg', 'WAR', 'at war with')
)
SELECT row, 'cow:' || ccode AS actor, act.action, 'cow:' || opponent AS target, act.scheme, act.code,
       CASE WHEN opponent IS NULL OR began = ended THEN coalesce(began, first) ELSE began || '/' || ended END AS date,
       dispnum AS native_id, 'MID ' || dispnum AS event, hostlev AS score, 'cow-hostility' AS score_scale,
       json_merge_patch(extra::JSON, json_object('hiact', met.hiact, 'sidea', sidea))::VARCHAR AS extra,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN act.code IS NULL THEN 'hostility level ' || coalesce(hostlev, '(empty)') || ' is none of 1 to 5'
            WHEN since IS NULL OR till IS NULL THEN first || '/' || last || ' are no days of the calendar'
            WHEN till < since THEN first || '/' || last || ' ends before it begins'
            WHEN opponent IS NULL
                THEN 'nobody of the other side is in dispute ' || dispnum || ' at the same time' END AS problem
FROM met LEFT JOIN act ON act.hiact = CASE
    WHEN hostlev = '5' AND opposed = '5' THEN 'war'
    WHEN hostlev = '5' THEN 'level 4'
    WHEN met.hiact LIKE '-%' THEN 'level ' || hostlev
    ELSE met.hiact END
