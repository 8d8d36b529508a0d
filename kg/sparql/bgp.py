"""Basic graph patterns: triples that match together, as one SELECT for each way to understand them.

``?x kg:id ?i`` may speak of an entity or of a fact: what else is said of ``?x`` decides, or both are asked. Triples about one
subject are one row of one table and are read together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kg.sparql.ir import Bgp, Iri, Literal, Refused, Term, Triple, Var
from kg.sparql.kinds import IRIS, NOTHING, Value, constant, met, same_term
from kg.sparql.rows import Names, Rows
from kg.sparql.tables import Source, known_entities, sources, widest

#: What kinds a variable can have for a row to matter; those not named can have any.
Hints = Mapping[Var, frozenset[str]]
#: More ways to understand a pattern than these are too many.
_MOST = 64


@dataclass(frozen=True)
class Reading:
    """One way to understand a pattern: a source for each triple, and what kinds that leaves for the variables."""

    chosen: tuple[tuple[Triple, Source], ...]
    kinds: Mapping[Var, frozenset[str]]


def readings(bgp: Bgp, hints: Hints) -> list[Reading]:
    """All ways to understand the triples, without the optional ones.

    :raises Refused: if there are too many.
    """
    found = []
    for reading in _readings(_by_choice(bgp.triples), Reading((), hints)):
        found.append(reading)
        if len(found) > _MOST:
            raise Refused("a pattern that can be understood in too many ways")
    return found


def _by_choice(triples: tuple[Triple, ...]) -> list[Triple]:
    """Those first that leave least open."""
    return sorted(triples, key=lambda t: 99 if isinstance(t.predicate, Var) else len(sources(t.predicate.value)))


def _readings(triples: list[Triple], so_far: Reading) -> Iterator[Reading]:
    if not triples:
        yield so_far
        return
    triple, *rest = triples
    for source in _sources_of(triple, so_far.kinds):
        kinds: dict[Var, frozenset[str]] | None = dict(so_far.kinds)
        for term, value in zip(triple.terms(), (source.subject, source.predicate, source.object), strict=True):
            kinds = _narrowed(kinds, term, value.kinds)
            if kinds is None:
                break
        else:
            assert kinds is not None
            yield from _readings(rest, Reading((*so_far.chosen, (triple, source)), kinds))


def _sources_of(triple: Triple, kinds: Hints) -> list[Source]:
    if isinstance(triple.predicate, Iri):
        return sources(triple.predicate.value)
    known = kinds.get(triple.object) if isinstance(triple.object, Var) else _kinds_of(triple.object)
    return sources(None, known)


def _kinds_of(term: Iri | Literal) -> frozenset[str]:
    """What a source may hold for it to match a constant: an IRI that is none of a template may still not be one of those."""
    kind = constant(term).kind
    return frozenset({kind, "iri"}) if kind in IRIS else frozenset({kind})


def _narrowed(kinds: dict[Var, frozenset[str]] | None, term: Term, found: frozenset[str]) -> dict[Var, frozenset[str]] | None:
    if kinds is None:
        return None
    if not isinstance(term, Var):
        return kinds if found & _kinds_of(term) else None
    left = met(kinds[term], found) if term in kinds else found
    return {**kinds, term: left} if left else None


def spoken_of(triple: Triple, source: Source) -> set[Term]:
    """What of a triple is an entity that facts speak of, if it is an entity at all."""
    if not source.spoken_of:
        return set()
    return {triple.object, triple.subject} if source.subject.kind == "entity" else {triple.object}


def variables(bgp: Bgp) -> list[Var]:
    """The variables of a pattern in order, the optional ones last."""
    terms = [term for triple in (*bgp.triples, *bgp.optional) for term in triple.terms()]
    return list(dict.fromkeys(t for t in terms if isinstance(t, Var)))


def select(bgp: Bgp, hints: Hints, names: Names) -> Rows:
    """The solutions of a basic graph pattern."""
    parts = []
    for reading in readings(bgp, hints):
        built = _Built(names)
        rows = built.rows(bgp, reading)
        if rows is not None:
            parts.append(rows)
    return names.union(parts) if parts else names.empty(variables(bgp))


@dataclass
class _Item:
    """A relation in FROM: what is read of it, under which conditions."""

    alias: str
    relations: list[str]
    columns: dict[str, str] = field(default_factory=dict)  # SQL: its name
    conditions: list[str] = field(default_factory=list)

    def column(self, value: Value) -> Value:
        """A value of the relation, as seen from outside."""
        name = self.columns.setdefault(value.sql, f"c{len(self.columns) + 1}")
        return Value(value.kinds, f"{self.alias}.{name}", value.nullable)

    def sql(self, relation: str) -> str:
        shown = ", ".join(f"{sql} AS {name}" for sql, name in self.columns.items()) or "1 AS one"
        where = f" WHERE {' AND '.join(dict.fromkeys(self.conditions))}" if self.conditions else ""
        return f"(SELECT {shown} FROM {relation}{where}) {self.alias}"


class _Built:
    """One reading of a pattern while its SELECT is put together."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._items: list[_Item] = []
        self._stars: dict[tuple[str, Term], _Item] = {}
        self._bound: dict[Var, Value] = {}
        self._conditions: list[str] = []
        self._spoken_of: set[Term] = set()

    def rows(self, bgp: Bgp, reading: Reading) -> Rows | None:
        self._spoken_of |= set(bgp.spoken_of)
        for triple, source in reading.chosen:
            if not self._add(triple, source):
                return None
        scope = dict(self._bound)
        for triple in bgp.optional:
            assert isinstance(triple.object, Var)
            scope[triple.object] = self._optional(triple)
        froms = ", ".join(item.sql(self._relation(key, item)) for key, item in self._keyed())
        where = f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        return self._names.select(scope, f"FROM {froms}{where}" if froms else "")

    def _keyed(self) -> Iterator[tuple[tuple[str, Term] | None, _Item]]:
        keys = {id(item): key for key, item in self._stars.items()}
        for item in self._items:
            yield keys.get(id(item)), item

    def _relation(self, key: tuple[str, Term] | None, item: _Item) -> str:
        relation = widest(item.relations)
        return known_entities(relation) if key is not None and key[1] in self._spoken_of else relation

    def _item(self, source: Source, subject: Term) -> _Item:
        if source.many or source.star is None:
            item = _Item(self._names.alias(), [source.relation])
            self._items.append(item)
            return item
        key = (source.star, subject)
        if key not in self._stars:
            self._stars[key] = _Item(self._names.alias(), [])
            self._items.append(self._stars[key])
        self._stars[key].relations.append(source.relation)
        return self._stars[key]

    def _add(self, triple: Triple, source: Source) -> bool:
        """Put a triple in; whether it can match at all."""
        item = self._item(source, triple.subject)
        self._spoken_of |= spoken_of(triple, source)
        if source.object.sql != source.subject.sql:
            item.conditions.append(f"{source.object.sql} IS NOT NULL")
        return all(
            self._match(item, term, value, source)
            for term, value in zip(triple.terms(), (source.subject, source.predicate, source.object), strict=True)
        )

    def _match(self, item: _Item, term: Term, value: Value, source: Source) -> bool:
        if isinstance(term, Var):
            if term not in self._bound:
                self._bound[term] = item.column(value)
                return True
            if self._bound[term] == item.column(value):
                return True
            same = same_term(self._bound[term], item.column(value))
            self._conditions += [same] if same else []
            return same is not None
        given = constant(term)
        if value is source.predicate and value.constant is None and value.sql == given.sql:
            return True
        quick = source.equals(given) if value is source.object else None
        same = quick or same_term(value, given)
        item.conditions += [same] if same else []
        return same is not None

    def _optional(self, triple: Triple) -> Value:
        """The object of an optional triple; unbound where the subject's table has no such column."""
        assert isinstance(triple.predicate, Iri)
        for source in sources(triple.predicate.value):
            item = self._stars.get((source.star or "", triple.subject))
            if item is not None:
                item.relations.append(source.relation)
                found = item.column(source.object)
                return Value(found.kinds, found.sql, nullable=True)
            if isinstance(triple.subject, Var) and met(self._bound[triple.subject].kinds, source.subject.kinds):
                raise Refused("an optional triple about what is told elsewhere")
        return NOTHING
