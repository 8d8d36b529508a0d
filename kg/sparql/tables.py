"""Where the triples are: the table of `kg.shapes.rdf` read as SQL over the record.

Everything stands on three relations, which a query begins with: ``facts f``, ``entities e`` and ``reports r``; and on
``believed f``, which is the facts with their witnesses. Whoever puts others in their place (`Base`) asks of other facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from kg import actions
from kg.facts import NO_TARGET
from kg.shapes.believed import OPEN, WITNESSES, ends, witnesses
from kg.shapes.rdf import KG, SHAPE, Described, Term, class_of, predicate_of
from kg.sparql.ir import Iri, Literal, Refused
from kg.sparql.kinds import LITERALS, TEMPLATES, Value, encoded, met, of, text
from kg.views import View

#: The relations under which the shape's own are found here; ``kg.report r`` is ``reports r``.
_RELATIONS = {"entity": "entities e", "fact": "facts f", "report": "reports r"}
#: A fact's relation where its witnesses are asked for.
_WITNESSED = "believed f"
#: Entities that a fact speaks of already, so that nothing need be looked up.
_ANY_ENTITY = "kg.entity e"
#: Facts that nobody reports any more, at the beginning of a query whose facts are others. They are few, the believed ones many.
_GONE = """gone AS MATERIALIZED (
    WITH closed AS MATERIALIZED (SELECT DISTINCT fact FROM kg.report WHERE closed IS NOT NULL)
    SELECT fact AS id FROM closed ANTI JOIN (SELECT r.fact FROM kg.report r SEMI JOIN closed USING (fact) WHERE r.closed IS NULL)
        USING (fact)), """
_WITNESS = re.compile(rf"\bf\.({'|'.join(WITNESSES)})\b")


@dataclass(frozen=True)
class Base:
    """The relations that all questions stand on, as SQL over the record.

    ``facts`` are those that are asked of, ``reports`` those that tell of facts, of which ``held`` says, as a condition on ``r``,
    which count; ``values`` are what they name as ``$name``. ``before`` are the relations that ``facts`` reads.
    """

    facts: str
    held: str = OPEN
    reports: str = "kg.report"
    values: Mapping[str, object] = field(default_factory=dict)
    before: str = ""

    def sql(self) -> str:
        """The beginning of a query. Nothing of the facts is computed beforehand, so that conditions reach the tables."""
        parts = {
            "facts": self.facts,
            "told": f"SELECT r.* FROM {self.reports} r WHERE {self.held}",
            "believed": f"SELECT f.*, {', '.join(f'w.{c}' for c in WITNESSES)} FROM facts f "
            f"JOIN ({witnesses('true', reports='told')}) w ON w.fact = f.id",
            "entities": f"SELECT e.* FROM kg.entity e SEMI JOIN ({ends('facts')}) w USING (id)",
            "reports": "SELECT r.* FROM told r SEMI JOIN facts f ON f.id = r.fact",
        }
        return f"WITH {self.before}" + ", ".join(f"{name} AS NOT MATERIALIZED ({sql})" for name, sql in parts.items())


def base(view: View | None = None, *, all_open: bool = False) -> Base:
    """The facts that a view means, by default all that are believed.

    A view around an entity reads the table ``near``, see `kg.views.View.where`.

    :param all_open: no report was ever closed, so that every fact is believed and none need be looked for.
    """
    view, before = view or View(), ""
    if view.held() != OPEN or view.deeds:
        facts = f"SELECT * EXCLUDE ({', '.join(WITNESSES)}) FROM ({view.believed()})"
    elif all_open:
        facts = f"SELECT f.* FROM kg.fact f WHERE {view.where()}"
    else:
        facts, before = f"SELECT f.* FROM kg.fact f ANTI JOIN gone USING (id) WHERE {view.where()}", _GONE
    return Base(facts, view.held(), view.reports(), view.values(), before)


@dataclass(frozen=True)
class Source:
    """A place where triples are: rows of ``relation``, in which ``subject``, ``predicate`` and ``object`` are SQL.

    Sources with the same ``star`` and the same subject are the same row, if they are not ``many``. There is a triple where the
    object is not NULL, and none stands in two rows. ``spoken_of``: the entities in it are those that facts speak of.
    """

    relation: str
    subject: Value
    predicate: Value
    object: Value
    star: str | None = None
    term: Term | None = None
    spoken_of: bool = False

    @property
    def many(self) -> bool:
        return self.star is None or (self.term is not None and self.term.many)

    def equals(self, constant: Value) -> str | None:
        """SQL for whether the object is a constant, if there is a quicker way than to make the whole term."""
        found = constant.constant
        if self.term is None or found is None:
            return None
        if self.term.kind == "class" and isinstance(found, Iri):
            named = [text(t) for t in actions.types() if class_of(t) == found.value]
            return f"{self.term.sql} IN ({', '.join(named)})" if named else "false"
        if self.term.kind == "term" and isinstance(found, Iri):
            return f"{self.term.sql} = {text(found.value.removeprefix(KG))}" if found.value.startswith(KG) else "false"
        if self.subject.kind in TEMPLATES and self.term.sql == f"{self.subject.sql}::VARCHAR" and isinstance(found, Literal):
            return f"{self.subject.sql} = TRY_CAST({constant.sql} AS UUID) AND {self.term.sql} = {constant.sql}"
        return None


def sources(predicate: str | None, kinds: frozenset[str] | None = None) -> list[Source]:
    """The places that have triples with a predicate, or with any; of the latter only those whose object can be of these kinds."""
    if predicate is None:
        return [s for which in SHAPE if (s := _all_of(which, kinds))] + [_any_plain()]
    found = [_single(which, term) for which in SHAPE for term in which.terms if term.predicate == predicate]
    return found + [_plain(t) for t in _types_of_plain().get(predicate, ())]


@cache
def _types_of_plain() -> dict[str, list[str]]:
    """The plain predicates, with the types that have them.

    :raises Refused: if the shape has a triple in two places, so that it could be counted twice.
    """
    found: dict[str, list[str]] = {}
    for type_ in actions.types():
        found.setdefault(predicate_of(type_), []).append(type_)
    if any(len(types) > 1 for types in found.values()):
        raise Refused("a plain predicate of two types")
    for which in SHAPE:
        named = [term.predicate for term in which.terms]
        if len(set(named)) < len(named) or set(named) & set(found):
            raise Refused("a predicate that stands twice in the table of the shape")
    return found


def _subject(which: Described) -> Value:
    return of(which.subject, which.key)


def _relation(which: Described, terms: Iterable[Term]) -> str:
    witnessed = which.subject == "fact" and any(_WITNESS.search(t.sql) for t in terms)
    return _WITNESSED if witnessed else _RELATIONS[which.subject]


def _single(which: Described, term: Term) -> Source:
    relation, value = _relation(which, [term]), _value(term, term.sql)
    speaks = which.subject == "fact"
    if not term.many:
        return Source(relation, _subject(which), _predicate(term), value, which.subject, term, speaks)
    key = f"(SELECT {which.key} AS s, unnest(list_distinct({term.sql})) AS o FROM {relation}) m"
    return Source(key, of(which.subject, "m.s"), _predicate(term), _value(term, "m.o"), None, term, speaks)


def _predicate(term: Term) -> Value:
    return of("iri", text(term.predicate))


def _value(term: Term, sql: str) -> Value:
    """A value of a term's column as it stands for one kind.

    :raises Refused: for a kind that this module has not heard of.
    """
    if term.kind in TEMPLATES:
        return of(term.kind, f"({sql})::{TEMPLATES[term.kind]}")
    if term.kind == "class":
        cases = " ".join(f"WHEN {text(t)} THEN {text(class_of(t))}" for t in actions.types())
        return of("iri", f"(CASE {sql} {cases} END)")
    if term.kind in ("term", "iri"):
        return of("iri", f"({text(KG)} || {sql})" if term.kind == "term" else f"({sql})")
    if term.kind == "decimal":
        # By way of its text, so that 0.1 is a tenth.
        return of("decimal", f"({sql})::VARCHAR::DECIMAL(38,18)")
    if term.kind in LITERALS:
        return of(term.kind, f"({sql})::{LITERALS[term.kind]}" if term.kind != "string" else f"({sql})")
    raise Refused(f"a term of the kind {term.kind}")


def _plain(type_: str) -> Source:
    """The plain triples of a type, ``?actor kg:sanction ?target``: however many facts say it, it is one."""
    rows = f"SELECT DISTINCT f.actor AS s, f.target AS o FROM facts f WHERE f.type = {text(type_)} AND f.target <> '{NO_TARGET}'"
    return Source(f"({rows}) p", of("entity", "p.s"), of("iri", text(predicate_of(type_))), of("entity", "p.o"), spoken_of=True)


def _any_plain() -> Source:
    cases = " ".join(f"WHEN {text(t)} THEN {text(predicate_of(t))}" for t in actions.types())
    rows = f"SELECT DISTINCT f.actor AS s, f.type, f.target AS o FROM facts f WHERE f.target <> '{NO_TARGET}'"
    predicate = of("iri", f"(CASE p.type {cases} END)")
    return Source(f"({rows}) p", of("entity", "p.s"), predicate, of("entity", "p.o"), spoken_of=True)


def _all_of(which: Described, kinds: frozenset[str] | None) -> Source | None:
    """All triples about one kind of subject: each row once, its terms as a list."""
    _types_of_plain()
    given = [t for t in which.terms if kinds is None or met(_value(t, t.sql).kinds, kinds)]
    if not given:
        return None
    found: frozenset[str] = frozenset().union(*(_value(t, t.sql).kinds for t in given))
    parts = [f"[{', '.join(_pair(t, found, t.sql) for t in given if not t.many)}]"]
    parts += [f"list_transform(coalesce(list_distinct({t.sql}), []), lambda v: {_pair(t, found, 'v')})" for t in given if t.many]
    pairs = parts[0]
    for more in parts[1:]:
        pairs = f"list_concat({pairs}, {more})"
    relation = _relation(which, given)
    rows = f"SELECT s, x.p AS p, x.o AS o FROM (SELECT {which.key} AS s, unnest({pairs}) AS x FROM {relation})"
    speaks = which.subject == "fact"
    return Source(f"({rows}) g", of(which.subject, "g.s"), of("iri", "g.p"), Value(found, "g.o"), spoken_of=speaks)


def _pair(term: Term, kinds: frozenset[str], sql: str) -> str:
    value = _value(term, sql)
    shown = encoded(value) if len(kinds) > 1 else value.sql
    return f"{{'p': {text(term.predicate)}, 'o': {shown}}}"


def of_witnesses(predicate: str) -> Term | None:
    """The term of a predicate that only facts have and that is told from a fact's reports alone."""
    found = [(which, term) for which in SHAPE for term in which.terms if term.predicate == predicate]
    if len(found) != 1 or found[0][0].subject != "fact" or predicate in _types_of_plain():
        return None
    term = found[0][1]
    return term if _WITNESS.search(term.sql) and not re.search(r"\bf\.", _WITNESS.sub("", term.sql)) else None


def witnesses_told(terms: Iterable[Term], facts: str, many: str) -> tuple[str, list[Value]]:
    """What reports say of facts, as a relation ``f`` and the values of these terms in it; the fact is ``f.fact``.

    :param facts: a relation with the facts' ids as ``id``; of others nothing is said, unless ``many``, SQL for a truth value,
        says that they are so many that all may as well be told.
    """
    some = f"SELECT r.* FROM told r SEMI JOIN ({facts} WHERE NOT {many}) s ON s.id = r.fact"
    needed = f"(SELECT r.* FROM told r WHERE {many} UNION ALL {some})"
    values = [_value(term, f"unnest(list_distinct({term.sql}))" if term.many else term.sql) for term in terms]
    return f"({witnesses('true', reports=needed)}) f", values


def known_entities(relation: str) -> str:
    """The relation of entities without looking whether a fact speaks of them, for those of whom one does."""
    return _ANY_ENTITY if relation == _RELATIONS["entity"] else relation


def widest(relations: Iterable[str]) -> str:
    """The one relation that has all that these have, which are of one star."""
    found = set(relations)
    if len(found) > 1 and found != {_RELATIONS["fact"], _WITNESSED}:
        raise Refused("a star over several relations")
    return _WITNESSED if _WITNESSED in found else next(iter(found))
