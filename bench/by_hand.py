"""Named questions in SQL as somebody would write it who knows the record's tables, and that no report was ever taken back.

Each gives the rows of its question, in the same order. ``$name`` are the question's parameters.
"""

from __future__ import annotations

_OVERLAPS = "f.start < $until AND (f.until IS NULL OR f.until > $from)"
_HOLDS = "f.start <= $at AND (f.until IS NULL OR f.until > $at)"
_REPORTS = "(SELECT count(*) FROM kg.report r WHERE r.fact = f.id)"
_BETWEEN = "f.actor IN ($a, $b) AND f.target IN ($a, $b) AND f.actor <> f.target"
_SHOWN = f"f.start, f.precision, f.actor, f.type, f.action, f.target, {_REPORTS}, f.id::VARCHAR"
_STATES = """('ALLIANCE', 'CEASEFIRE', 'DIPLOMATIC_RELATIONS', 'EMBASSY', 'HOLDS_OFFICE', 'MEMBERSHIP', 'OCCUPATION', 'PART_OF',
    'RECOGNITION', 'RUPTURE', 'SANCTIONS_IN_FORCE', 'SUCCEEDED_BY', 'TALKS', 'TALKS_SUSPENDED', 'TREATY', 'WAR')"""
_STANDING = f"f.type, f.actor, f.action, f.target, f.start, f.until, {_REPORTS}, f.id::VARCHAR"


def _with(actor: str) -> str:
    """The facts of an actor with others, as ``f`` with ``partner``."""
    sides = (f"SELECT *, {other} AS partner FROM kg.fact WHERE {end} = {actor}" for end, other in _ENDS)
    return f"({' UNION ALL '.join(sides)}) f"


_ENDS = (("actor", "target"), ("target", "actor"))
_OTHER = "f.partner NOT IN ($actor, 'NONE')"
_COOPERATION = "count(*) FILTER (f.quad_class <= 2)"
_CONFLICT = "count(*) FILTER (f.quad_class >= 3)"

SQL = {
    "activity-by-type": f"""
        SELECT year(f.start), f.type, count(*), sum(n)
        FROM kg.fact f JOIN (SELECT fact, count(*) AS n FROM kg.report GROUP BY fact) r ON r.fact = f.id
        WHERE {_OVERLAPS} GROUP BY ALL ORDER BY ALL""",
    "common-targets": f"""
        SELECT f.target, t.name, count(*),
            count(*) FILTER (f.actor = $a AND f.quad_class <= 2), count(*) FILTER (f.actor = $a AND f.quad_class >= 3),
            count(*) FILTER (f.actor = $b AND f.quad_class <= 2), count(*) FILTER (f.actor = $b AND f.quad_class >= 3)
        FROM kg.fact f JOIN kg.entity t ON t.id = f.target
        WHERE f.actor IN ($a, $b) AND f.target NOT IN ($a, $b, 'NONE') AND {_OVERLAPS}
        GROUP BY f.target, t.name HAVING count(DISTINCT f.actor) = 2 ORDER BY 3 DESC, 1 LIMIT $limit""",
    "dyad-timeline": f"SELECT {_SHOWN} FROM kg.fact f WHERE {_BETWEEN} AND {_OVERLAPS} ORDER BY 1, 3, 4, 5, 6, 8",
    "embassies-at": f"""
        SELECT f.actor, f.target, f.action, f.start, f.until, {_REPORTS}, f.id::VARCHAR FROM kg.fact f
        WHERE f.type = 'EMBASSY' AND (f.actor = $state OR f.target = $state) AND f.actor <> f.target AND f.target <> 'NONE'
            AND {_HOLDS} ORDER BY 1, 2, 4, 3, 7""",
    "enemy-of-my-enemy": f"""
        WITH hostile AS (FROM kg.fact f WHERE f.quad_class >= 3 AND f.target <> 'NONE' AND f.actor <> f.target AND {_OVERLAPS}),
        dealing AS (SELECT actor AS one, target AS other FROM hostile UNION ALL SELECT target, actor FROM hostile),
        enemy AS (SELECT other AS id FROM dealing WHERE one = $actor GROUP BY other HAVING count(*) >= $least),
        found AS (SELECT d.other, count(DISTINCT d.one) AS enemies, count(*) AS conflicts
            FROM dealing d SEMI JOIN enemy ON one = id
            WHERE d.other <> $actor GROUP BY d.other ORDER BY 2 DESC, 3 DESC, 1 LIMIT $limit)
        SELECT o.other, e.name, enemies, conflicts, (SELECT count(*) FROM kg.fact f WHERE f.quad_class <= 2 AND {_OVERLAPS}
            AND (f.actor = $actor AND f.target = o.other OR f.target = $actor AND f.actor = o.other))
        FROM found o JOIN kg.entity e ON e.id = o.other ORDER BY 3 DESC, 4 DESC, 1""",
    "escalation-chains": f"""
        WITH deed AS (SELECT *, f.start - DATE '1970-01-01' AS day FROM kg.fact f
            WHERE {_BETWEEN} AND f.intensity < 0 AND f.start >= $from AND f.start < $until AND f.precision IN ('day', 'span'))
        SELECT f.start, f.actor, f.action, f.intensity, g.day - f.day, g.action, g.intensity, f.scale,
            f.id::VARCHAR, g.id::VARCHAR
        FROM deed f JOIN deed g ON g.actor <> f.actor AND g.scale = f.scale AND g.intensity < f.intensity
            AND g.day BETWEEN f.day + 1 AND f.day + $days
        ORDER BY 1, 2, 9, 5, 10 LIMIT $limit""",
    "facts-at": f"SELECT {_SHOWN} FROM kg.fact f WHERE {_HOLDS} ORDER BY 1, 3, 4, 5, 6, 8",
    "facts-between": f"SELECT {_SHOWN} FROM kg.fact f WHERE {_OVERLAPS} ORDER BY 1, 3, 4, 5, 6, 8",
    "first-and-last-contact": f"""
        SELECT f.partner, e.name, min(f.start), max(f.start), count(*) FROM {_with("$actor")} JOIN kg.entity e ON e.id = f.partner
        WHERE {_OTHER} AND {_OVERLAPS} GROUP BY 1, 2 ORDER BY 5 DESC, 1 LIMIT $limit""",
    "mediators": f"""
        WITH side AS (SELECT 'a' AS which, * FROM {_with("$a")} UNION ALL SELECT 'b', * FROM {_with("$b")}),
        found AS (SELECT f.partner, count(*) FILTER (which = 'a') AS with_a, count(*) FILTER (which = 'b') AS with_b,
            count(*) FILTER (f.code IN ('039', '045')) AS mediation FROM side f
            WHERE f.quad_class <= 2 AND f.partner NOT IN ($a, $b, 'NONE') AND {_OVERLAPS}
            GROUP BY 1 HAVING with_a > 0 AND with_b > 0)
        SELECT f.partner, e.name, with_a, with_b, mediation FROM found f JOIN kg.entity e ON e.id = f.partner
        ORDER BY least(with_a, with_b) DESC, mediation DESC, 1 LIMIT $limit""",
    "members-at": f"""
        SELECT f.actor, e.name, f.start, f.until, {_REPORTS}, f.id::VARCHAR FROM kg.fact f JOIN kg.entity e ON e.id = f.actor
        WHERE f.type = 'MEMBERSHIP' AND f.target = $of AND f.actor <> $of AND {_HOLDS} ORDER BY 1, 3, 6""",
    "monthly-balance": f"""
        SELECT strftime(f.start, '%Y-%m'), count(*), count(*) FILTER (f.quad_class = 1), count(*) FILTER (f.quad_class = 2),
            count(*) FILTER (f.quad_class = 3), count(*) FILTER (f.quad_class = 4), {_COOPERATION} - {_CONFLICT}
        FROM kg.fact f WHERE {_BETWEEN} AND f.start >= $from AND f.start < $until AND f.precision <> 'year'
        GROUP BY 1 ORDER BY 1""",
    "most-disputed": """
        WITH said AS (
            SELECT f.start, f.actor, f.target, min(f.quad_class) AS least, max(f.quad_class) AS most
            FROM kg.fact f JOIN kg.report r ON r.fact = f.id
            WHERE f.start >= $from AND f.start < $until AND f.precision = 'day' AND f.quad_class >= 1
                AND f.actor <> f.target AND f.target <> 'NONE'
            GROUP BY 1, 2, 3, coalesce(r.publisher, r.dataset))
        SELECT start, actor, target, count(*) FILTER (most <= 2) AS cooperation, count(*) FILTER (least >= 3) AS conflict,
            count(*) FILTER (least <= 2 AND most >= 3) AS neither
        FROM said GROUP BY 1, 2, 3 HAVING cooperation > 0 AND conflict > 0
        ORDER BY least(cooperation, conflict) DESC, cooperation + conflict + neither DESC, 1, 2, 3 LIMIT $limit""",
    "newcomers": """
        SELECT e.id, e.name, e.kind, min(f.start) AS first
        FROM (SELECT actor AS id, start FROM kg.fact UNION ALL SELECT target, start FROM kg.fact WHERE target <> 'NONE') f
        JOIN kg.entity e USING (id) WHERE f.start < $until GROUP BY 1, 2, 3 HAVING first >= $from ORDER BY 4, 1 LIMIT $limit""",
    "office-holders-at": f"""
        SELECT f.action, f.actor, e.name, f.start, f.until, {_REPORTS}, f.id::VARCHAR
        FROM kg.fact f JOIN kg.entity e ON e.id = f.actor
        WHERE f.type = 'HOLDS_OFFICE' AND f.target = $of AND f.actor <> $of AND {_HOLDS} ORDER BY 1, 4, 2, 7""",
    "partners": f"""
        SELECT f.partner, e.name, count(*), {_COOPERATION}, {_CONFLICT}
        FROM {_with("$actor")} JOIN kg.entity e ON e.id = f.partner
        WHERE {_OTHER} AND {_OVERLAPS} GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT $limit""",
    "reciprocity": f"""
        WITH gave AS (SELECT f.target AS partner, count(*) AS given, {_COOPERATION} AS cooperation, {_CONFLICT} AS conflict
            FROM kg.fact f WHERE f.actor = $actor AND f.target NOT IN ($actor, 'NONE') AND {_OVERLAPS}
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $limit),
        got AS (SELECT f.actor AS partner, count(*) AS got, {_COOPERATION} AS cooperation_got, {_CONFLICT} AS conflict_got
            FROM kg.fact f SEMI JOIN gave ON gave.partner = f.actor WHERE f.target = $actor AND {_OVERLAPS} GROUP BY 1)
        SELECT partner, e.name, given, coalesce(got, 0), cooperation, coalesce(cooperation_got, 0), conflict,
            coalesce(conflict_got, 0)
        FROM gave LEFT JOIN got USING (partner) JOIN kg.entity e ON e.id = partner ORDER BY 3 DESC, 1""",
    "relations-at": f"""
        SELECT {_STANDING} FROM kg.fact f WHERE (f.actor = $actor OR f.target = $actor) AND f.actor <> f.target
            AND f.target <> 'NONE' AND f.type IN {_STATES} AND {_HOLDS} ORDER BY 1, 2, 4, 5, 3, 8""",
    "relations-between": f"""
        SELECT {_STANDING} FROM kg.fact f WHERE {_BETWEEN} AND f.type IN {_STATES} AND {_HOLDS} ORDER BY 1, 2, 4, 5, 3, 8""",
    "sanctions-in-force": f"""
        SELECT f.actor, f.target, f.action, f.start, f.until, {_REPORTS}, f.id::VARCHAR FROM kg.fact f
        WHERE f.type = 'SANCTIONS_IN_FORCE' AND f.actor <> f.target AND f.target <> 'NONE' AND {_HOLDS} ORDER BY 2, 1, 4, 3, 7""",
    "who-sided-with-whom": """
        WITH deed AS (SELECT *, start - DATE '1970-01-01' AS day, quad_class <= 2 AS friendly FROM kg.fact
            WHERE start >= $from AND start < $until AND precision IN ('day', 'span') AND quad_class >= 1 AND target <> 'NONE')
        SELECT s.actor, e.name, count(DISTINCT r.target), count(DISTINCT r.id) FILTER (r.friendly = s.friendly) AS same,
            count(DISTINCT r.id) FILTER (r.friendly <> s.friendly) AS opposite
        FROM deed r JOIN deed s ON s.target = r.target AND s.day BETWEEN r.day - $days AND r.day + $days
        JOIN kg.entity e ON e.id = s.actor
        WHERE r.actor = $actor AND r.target <> $actor AND s.actor <> $actor AND s.actor <> s.target
        GROUP BY 1, 2 ORDER BY same DESC, opposite, 1 LIMIT $limit""",
}  # fmt: skip
