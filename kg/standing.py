"""Standing relations that follow from deeds: from "breaks off relations" on they are broken, until someone restores them.

``schema/relations.csv`` says which deeds open and which close a relation; from the deeds of a dyad, in order of date, spans
follow by SQL. They are a pure function of the facts believed, so the order of loading can't matter:

- A relation begins on the first day of a deed that opens it while it does not stand; deeds that open it again change nothing.
- It ends on the first day of the next deed that closes it: that day is the first on which it no longer stands. A deed that
  closes what does not stand closes nothing, and nothing is said of the time before; what begins where the relation ends (its
  ``opposite``) begins all the same.
- Deeds of one day that open and close the same relation contradict each other: that day changes nothing.
- A deed that is dated to a month, a year or a span counts from its first day, and one without a beginning not at all. Where a
  beginning or an end rests on partial or qualified dates only, the relation is dated approximately.
- Of who acts, a person or a body is taken for the state behind it on that day, groups are not. Whom a directed relation
  concerns is who is named: sanctions on a minister are none on the state. A state has no relation with itself.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg import actions, content
from kg.errors import KGError
from kg.facts import DERIVED, EXACT, EXACTNESS_SQL, NO_BEGINNING, NO_TARGET, digest_sql

if TYPE_CHECKING:
    import duckdb

# Without kinds of its own a rule is for these: a topic can't stand in relations, a person does so for a state.
_KINDS = ("state", "organization", "group", "place", "unknown")
# Acts for the state behind it.
_ACTING = "('person', 'organization')"


class Rule(NamedTuple):
    """A deed that opens or closes a standing relation: those a source gives this code, or those worded like this verb.

    ``actors`` and ``targets`` are the kinds of entities between whom it counts; of a deed that ``lasts``, such as occupying, a
    span is how long the relation stood, and not how long it took to begin.
    """

    relation: str
    symmetric: bool
    effect: str
    scheme: str
    code: str
    verb: str
    actors: tuple[str, ...]
    targets: tuple[str, ...]
    lasts: bool = False

    @property
    def name(self) -> str:
        """What a report of a derived fact says of it."""
        return f"{self.effect}: {self.verb or f'{self.scheme}:{self.code}'}"


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of ``schema/relations.csv``, with those of opposites, which end where the relation begins.

    :raises KGError: if the table is at odds with itself or the other tables.
    """
    rows = list(content.rows("relations.csv"))
    named = opposites()
    found = []
    for row in rows:
        actors, targets = (tuple(row[c].split("|")) if row[c] else _KINDS for c in ("actors", "targets"))
        deed = (row["effect"], row["scheme"], row["code"], row["verb"])
        rule = Rule(row["relation"], row["ends"] == "symmetric", *deed, actors, targets, bool(row["lasts"]))
        found.append(rule)
        if row["opposite"]:
            found.append(rule._replace(relation=row["opposite"], effect="opens", lasts=False))
        elif rule.effect == "opens" and rule.relation in named.values():
            found += [rule._replace(relation=o, effect="closes", lasts=False) for o, of in named.items() if of == rule.relation]
    for rule in found:
        _check(rule)
    if twice := {r[:6] for r in found if any(_same_deed(r, other) for other in found)}:
        raise KGError(f"schema/relations.csv: a deed opens and closes the same relation: {sorted(twice)}")
    return tuple(dict.fromkeys(found))


@cache
def opposites() -> dict[str, str]:
    """What begins where a relation is closed, e.g. RUPTURE, and that relation."""
    return {row["opposite"]: row["relation"] for row in content.rows("relations.csv") if row["opposite"]}


@cache
def relations() -> tuple[str, ...]:
    """The standing relations that rules open or close, sorted."""
    return tuple(sorted({rule.relation for rule in rules()}))


@cache
def codes() -> tuple[str, ...]:
    """The codes that deeds of the rules and derived facts have, sorted: what a store need not look beyond."""
    return tuple(sorted({*relations(), *(rule.code or actions.lemmas()[rule.verb] for rule in rules())}))


@cache
def types() -> tuple[str, ...]:
    """The types of facts with these codes."""
    return tuple(sorted({row.type for (_, code), row in actions.table().items() if code in codes()}))


def _check(rule: Rule) -> None:
    row = actions.table().get(("kg", rule.relation))
    known = rule.verb in actions.lemmas() if rule.verb else (rule.scheme, rule.code) in actions.table()
    if row is None or row.aspect != "state" or rule.effect not in ("opens", "closes") or not known:
        raise KGError(f"schema/relations.csv: {rule} is no rule", hint="its relation, effect, code or verb is unknown")


def _same_deed(one: Rule, other: Rule) -> bool:
    return one.relation == other.relation and one.effect != other.effect and one[3:6] == other[3:6]


# Of each dyad the days on which deeds open or close it, then those that change whether it stands, then the spans between them.
_SPANS = """
    WITH day AS (
        SELECT relation, one, other, start AS day, min(one_state) AS one_state, min(other_state) AS other_state,
            min(effect) = 'opens' AS stands, list(id::VARCHAR) AS deeds, list(rule) AS rules, bool_or(exact) AS exact
        FROM deed GROUP BY ALL HAVING min(effect) = max(effect)),
    turn AS (
        FROM day QUALIFY stands IS DISTINCT FROM lag(stands) OVER (PARTITION BY relation, one, other ORDER BY day)),
    span AS (
        SELECT *, lead(day) OVER dyad AS until, lead(deeds, 1, []) OVER dyad AS ending,
            lead(rules, 1, []) OVER dyad AS ending_rules, lead(exact, 1, true) OVER dyad AS ending_exact
        FROM turn WINDOW dyad AS (PARTITION BY relation, one, other ORDER BY day))
    SELECT relation, one AS actor, other AS target, day AS start, until, 'span' AS precision,
        if(exact AND ending_exact, NULL, 'approximate') AS certainty, one_state AS actor_state,
        other_state AS target_state, concat_ws(' ', relation, one, other, day) AS native_id,
        json_object('rules', list_sort(list_distinct(list_concat(rules, ending_rules))),
            'basis', list_sort(list_distinct(list_concat(deeds, ending))))::VARCHAR AS extra
    FROM span WHERE stands"""


def find_spans(con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``standing`` from ``deed``: relation, actor, target, start, until and the states behind both ends, with ``native_id``
    and ``extra`` (JSON of the rules and the ids of the deeds that it rests on) of its report, and the ids of both as
    ``fact`` and ``report``."""
    # Not the key of such a fact that a source gives: what is given and what follows stay apart.
    fact = digest_sql("actor", "'derived kg:' || relation", "target", "start", "until", EXACTNESS_SQL)
    report = digest_sql(f"'{DERIVED}'", "native_id", "until", "certainty", "extra", "actor_state", "target_state")
    con.execute(f"CREATE OR REPLACE TEMP TABLE standing AS SELECT *, {fact} AS fact, {report} AS report FROM ({_SPANS})")


def find_deeds(con: duckdb.DuckDBPyConnection, facts: str) -> None:
    """Fill ``deed``: what each of some facts opens or closes.

    Columns: relation, one, other (ids, in order where the relation is symmetric), effect, rule, id (of the fact), start (the
    day), until (of what lasted, the first day after),
    exact (whether its date is), and the states behind both ends. A fact that no rule is for is not there.

    :param facts: a table of rows of ``kg.fact``; those without one of `codes` might as well not be there.
    """
    _put_rules(con)
    texts = [
        text
        for (text,) in con.execute(
            f"SELECT DISTINCT action FROM {facts} SEMI JOIN (SELECT code FROM rule WHERE verb <> '') r USING (code)"
        ).fetchall()
    ]
    worded = [(text, lemma) for text in texts if (lemma := actions.lemma(text))]
    con.execute("CREATE OR REPLACE TEMP TABLE wording AS SELECT unnest(?::VARCHAR[]) AS action, unnest(?::VARCHAR[]) AS verb",
                [[text for text, _ in worded], [lemma for _, lemma in worded]])  # fmt: skip
    ends = ", ".join(
        f"CASE WHEN {acts} THEN f.{end}_state ELSE f.{end} END AS {end}, "
        f"CASE WHEN {acts} THEN 'state' ELSE {e}.kind END AS {end}_kind"
        for end, e, acts in (
            ("actor", "a", f"a.kind IN {_ACTING} AND f.actor_state IS NOT NULL"),
            ("target", "t", f"r.mutual AND t.kind IN {_ACTING} AND f.target_state IS NOT NULL"),
        )
    )
    exact = ", ".join(f"'{precision}'" for precision in EXACT)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE deed AS
        SELECT relation, effect, rule, id, start, until, exact, mutual AND actor > target AS turned,
            if(turned, target, actor) AS one, if(turned, actor, target) AS other,
            if(turned, target_state, actor_state) AS one_state, if(turned, actor_state, target_state) AS other_state
        FROM (
            SELECT r.relation, r.mutual, r.effect, r.name AS rule, r.actors, r.targets, f.id, f.start, {ends},
                if(r.lasts AND f.precision = 'span', coalesce(f.until, DATE '{dt.date.max}'), NULL) AS until,
                f.certainty IS NULL AND f.precision IN ({exact}) AS exact,
                f.actor_state, f.target_state
            FROM {facts} f LEFT JOIN wording w USING (action)
            JOIN rule r ON f.scheme = 'cameo' AND r.code = f.code
                AND if(r.verb = '', f.coded IN ('code', 'label'), r.verb = w.verb)
            JOIN kg.entity a ON a.id = f.actor JOIN kg.entity t ON t.id = f.target)
        WHERE actor <> target AND target <> '{NO_TARGET}' AND start > DATE '{NO_BEGINNING}'
            AND list_contains(actors, actor_kind) AND list_contains(targets, target_kind)""")
    # What lasted closes on the end that its source gives, unless another such deed goes on.
    con.execute(f"""
        INSERT INTO deed BY NAME SELECT * REPLACE ('closes' AS effect, until AS start, NULL AS until)
        FROM deed d WHERE until < DATE '{dt.date.max}' AND NOT EXISTS (
            FROM deed o WHERE (o.relation, o.one, o.other) = (d.relation, d.one, d.other)
                AND d.until BETWEEN o.start AND o.until - 1)""")


def _put_rules(con: duckdb.DuckDBPyConnection) -> None:
    """The table ``rule``; the code is the verb's where a rule is about a verb."""
    verbs = actions.lemmas()
    columns = {
        "relation": [r.relation for r in rules()], "mutual": [r.symmetric for r in rules()],
        "effect": [r.effect for r in rules()], "code": [r.code or verbs[r.verb] for r in rules()],
        "verb": [r.verb for r in rules()], "name": [r.name for r in rules()],
        "actors": [list(r.actors) for r in rules()], "targets": [list(r.targets) for r in rules()],
        "lasts": [r.lasts for r in rules()],
    }  # fmt: skip
    types = {"mutual": "BOOLEAN[]", "lasts": "BOOLEAN[]", "actors": "VARCHAR[][]", "targets": "VARCHAR[][]"}
    listed = ", ".join(f"unnest(?::{types.get(c, 'VARCHAR[]')}, max_depth := 1) AS {c}" for c in columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE rule AS SELECT {listed}", list(columns.values()))
