"""What can be said of a pattern before it is translated, and a form of it that reads fewer tables.

Every rewriting keeps the solutions of the standard's algebra, with how often each stands there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import count

from kg.shapes.rdf import base
from kg.sparql import bgp
from kg.sparql.ir import (
    Bgp,
    Call,
    Distinct,
    Extend,
    Filter,
    Group,
    Iri,
    Join,
    LeftJoin,
    Minus,
    Order,
    Pattern,
    Project,
    Slice,
    Term,
    Told,
    Triple,
    Union,
    Values,
    Var,
    parts,
    variables_of,
)
from kg.sparql.kinds import constant, met
from kg.sparql.tables import of_witnesses, sources

Kinds = dict[Var, frozenset[str]]
#: A join goes into a union of so many branches at most: each reads the facts once.
_MOST_BRANCHES = 3


def possible(node: Pattern) -> Kinds:
    """The variables that every solution of a pattern binds, with the kinds they can have."""
    return _possible(node, base())


@lru_cache(maxsize=512)
def _possible(node: Pattern, _base: str) -> Kinds:
    match node:
        case Bgp():
            found: Kinds = {}
            for reading in bgp.readings(Bgp(node.triples), {}):
                for v, kinds in reading.kinds.items():
                    found[v] = found.get(v, frozenset()) | kinds
            return found
        case Join(left, right):
            ours, theirs = possible(left), possible(right)
            return {
                v: met(ours.get(v, theirs.get(v, frozenset())), theirs.get(v, ours.get(v, frozenset()))) for v in ours | theirs
            }
        case Union(left, right):
            ours, theirs = possible(left), possible(right)
            return {v: ours[v] | theirs[v] for v in ours if v in theirs}
        case Values(variables, rows):
            columns = zip(variables, zip(*rows, strict=True), strict=True) if rows else ()
            return {v: frozenset(constant(t).kind for t in cells if t) for v, cells in columns if None not in cells}
        case Group(pattern, keys, _):
            return {v: k for v, k in possible(pattern).items() if v in keys}
        case Project(pattern, variables):
            return {v: k for v, k in possible(pattern).items() if v in variables}
        case LeftJoin(left, _, _) | Minus(left, _):
            return possible(left)
        case Told(pattern, triples):
            return possible(pattern) | possible(Bgp(triples))
        case Filter(pattern, _) | Extend(pattern, _, _) | Distinct(pattern) | Order(pattern, _) | Slice(pattern, _, _):
            return possible(pattern)


def in_scope(node: Pattern) -> set[Var]:
    """The variables that a pattern may bind (18.2.1)."""
    match node:
        case Bgp():
            return set(bgp.variables(node))
        case Join(left, right) | LeftJoin(left, right, _) | Union(left, right):
            return in_scope(left) | in_scope(right)
        case Values(variables, _):
            return set(variables)
        case Group(_, keys, aggregates):
            return {*keys, *(v for v, _ in aggregates)}
        case Project(pattern, variables):
            return in_scope(pattern) & set(variables)
        case Extend(pattern, variable, _):
            return in_scope(pattern) | {variable}
        case Told(pattern, triples):
            return in_scope(pattern) | in_scope(Bgp(triples))
        case Minus(pattern, _) | Filter(pattern, _) | Distinct(pattern) | Order(pattern, _) | Slice(pattern, _, _):
            return in_scope(pattern)


def bound(node: Pattern) -> set[Var]:
    """The variables that some part of a pattern may bind, also where nobody else sees it."""
    found: set[Var] = set()
    for part in parts(node):
        if isinstance(part, Bgp | Values | Extend | Group | Told):
            found |= in_scope(part)
    return found


def prepared(node: Pattern) -> Pattern:
    """A pattern in the form that is translated."""
    return _known(simplified(node), frozenset())


def spoken_of(node: Pattern) -> frozenset[Var]:
    """The variables that every solution of a pattern binds to entities that facts speak of, if it binds them to entities."""
    match node:
        case Bgp():
            each = [
                {v for triple, source in reading.chosen for v in bgp.spoken_of(triple, source)}
                for reading in bgp.readings(Bgp(node.triples), {})
            ]
            return frozenset(v for v in set.intersection(*each) if isinstance(v, Var)) if each else frozenset()
        case Join(left, right):
            return spoken_of(left) | spoken_of(right)
        case Union(left, right):
            return spoken_of(left) & spoken_of(right)
        case LeftJoin(left, _, _) | Minus(left, _):
            return spoken_of(left)
        case Project(pattern, variables) | Group(pattern, variables, _):
            return spoken_of(pattern) & set(variables)
        case Filter(pattern, _) | Extend(pattern, _, _) | Distinct(pattern) | Order(pattern, _) | Told(pattern, _):
            return spoken_of(pattern)
        case Slice() | Values():
            return frozenset()


def _known(node: Pattern, outer: frozenset[Var]) -> Pattern:
    """The pattern with what other parts of the query, and ``outer`` ones, see to, so that it need not be looked up."""
    match node:
        case Bgp(triples, optional, spoken):
            return Bgp(triples, optional, (*spoken, *sorted(outer & set(bgp.variables(node)), key=lambda v: v.name)))
        case Join(left, right):
            return Join(_known(left, outer | spoken_of(right)), _known(right, outer | spoken_of(left)))
        case LeftJoin(left, right, condition):
            return LeftJoin(_known(left, outer), _known(right, spoken_of(left)), condition)
        case Minus(left, right):
            return Minus(_known(left, outer), _known(right, spoken_of(left)))
        case Union(left, right, alternative):
            return Union(_known(left, outer), _known(right, outer), alternative)
        case Project(pattern, variables):
            return Project(_known(pattern, outer & set(variables)), variables)
        case Filter() | Distinct() | Order() | Told():
            return replace(node, pattern=_known(node.pattern, outer))
        case Extend(pattern, variable, value):
            return Extend(_known(pattern, outer - {variable}), variable, value)
        case Group() | Slice():
            return replace(node, pattern=_known(node.pattern, frozenset()))
        case Values():
            return node


def simplified(node: Pattern) -> Pattern:
    """A pattern with its basic graph patterns together, and with what is optional of one row read with the row."""
    match node:
        case Join():
            return _joined([simplified(p) for p in _operands(node)])
        case LeftJoin(left, right, condition):
            return _left_joined(simplified(left), simplified(right), condition)
        case Union(left, right, alternative):
            return Union(simplified(left), simplified(right), alternative)
        case Minus(left, right):
            return Minus(simplified(left), simplified(right))
        case Filter(pattern, condition):
            return Filter(simplified(pattern), condition)
        case Extend(pattern, variable, value):
            return Extend(simplified(pattern), variable, value)
        case Group(pattern, keys, aggregates):
            return Group(_told_last(simplified(pattern)), keys, aggregates)
        case Project(pattern, variables):
            return Project(_told_last(simplified(pattern)), variables)
        case Distinct(pattern):
            return Distinct(simplified(pattern))
        case Order(pattern, keys):
            return Order(_told_last(simplified(pattern)), keys)
        case Slice(pattern, offset, limit):
            return Slice(simplified(pattern), offset, limit)
        case Bgp() | Values() | Told():
            return node


def _operands(node: Pattern) -> list[Pattern]:
    return [*_operands(node.left), *_operands(node.right)] if isinstance(node, Join) else [node]


def _joined(operands: list[Pattern]) -> Pattern:
    merged = Bgp(())
    others = []
    for operand in operands:
        one = isinstance(operand, Bgp) and not {t.object for t in merged.optional} & variables_of(operand)
        if isinstance(operand, Bgp) and one and not {t.object for t in operand.optional} & variables_of(merged):
            spoken = merged.spoken_of + operand.spoken_of
            merged = Bgp(merged.triples + operand.triples, merged.optional + operand.optional, spoken)
        else:
            others.append(operand)
    others, merged = _spread(others, merged)
    parts: list[Pattern] = [*others, merged] if merged.triples else others
    found = parts[0] if parts else merged
    for part in parts[1:]:
        found = Join(found, part)
    return found


def _spread(others: list[Pattern], merged: Bgp) -> tuple[list[Pattern], Bgp]:
    """Triples joined with a union whose branches are about the same facts, put into the branches, each of which is one row then.

    A join goes into a union as a product does into a sum. What reports tell stays outside, to be looked up last.
    """
    told = tuple(t for t in merged.triples if _of_reports(t) and t.subject not in _held(merged))
    facts = {t.subject for t in merged.triples if t not in told and _of_fact(t)}
    chosen = [o for o in others if isinstance(o, Union) and facts & _facts_of_all(_branches(o))]
    ways: list[list[Pattern]] = [[]]
    for union in chosen:
        ways = [[*way, branch] for way in ways for branch in _branches(union)]
    if not chosen or len(ways) > _MOST_BRANCHES:
        return others, merged
    rest = Bgp(tuple(t for t in merged.triples if t not in told), merged.optional, merged.spoken_of)
    alternative = any(isinstance(u, Union) and _has_alternative(u) for u in chosen)
    found = _joined([*ways[0], rest])
    for way in ways[1:]:
        found = Union(found, _joined([*way, rest]), alternative)
    return [*(o for o in others if o not in chosen), found], Bgp(told)


def _branches(node: Pattern) -> list[Pattern]:
    return [*_branches(node.left), *_branches(node.right)] if isinstance(node, Union) else [node]


def _has_alternative(node: Pattern) -> bool:
    return isinstance(node, Union) and (node.alternative or _has_alternative(node.left) or _has_alternative(node.right))


def _facts_of_all(branches: list[Pattern]) -> set[Term]:
    """What every branch says something of that only facts have, in a row of theirs."""
    each = [{t.subject for t in b.triples if _of_fact(t)} if isinstance(b, Bgp) else set() for b in branches]
    return set.intersection(*each)


def _held(node: Bgp) -> set[Term]:
    """The subjects of optional triples whose row nothing else reads than what reports tell, which must then stay there."""
    read = {t.subject for t in node.triples if _of_row(t) and not _of_reports(t)}
    return {t.subject for t in node.optional} - read


def _of_fact(triple: Triple) -> bool:
    return _of_row(triple) and all(s.star == "fact" for s in sources(_predicate(triple)))


def _of_reports(triple: Triple) -> bool:
    return isinstance(triple.predicate, Iri) and of_witnesses(triple.predicate.value) is not None


_step = count(1)


def _left_joined(left: Pattern, right: Pattern, condition: object) -> Pattern:
    plain = LeftJoin(left, right, condition)  # type: ignore[arg-type]
    if condition is not None or not isinstance(right, Bgp) or right.optional:
        return plain
    if len(right.triples) == 1:
        return _folded(left, right.triples[0]) or plain
    for triple in right.triples:
        rest = tuple(t for t in right.triples if t != triple)
        if triple.subject in variables_of(rest) or not isinstance(triple.object, Var):
            continue
        if triple.object in variables_of(left) or triple.object not in variables_of(rest):
            continue
        # The way there is one step of the row itself: read it with the row, and look up where it leads.
        end = Var(f" step {next(_step)}")
        if folded := _folded(left, Triple(triple.subject, triple.predicate, end)):
            spoken = all(s.spoken_of for s in sources(_predicate(triple)))
            right = Bgp(rest, spoken_of=(triple.object,) if spoken else ())
            return LeftJoin(folded, right, Call("SAMETERM", (end, triple.object)))
    return plain


def _folded(node: Pattern, triple: Triple) -> Pattern | None:
    """The pattern with an optional triple read in the row of its subject, if that can be."""
    new = triple.object
    if not isinstance(new, Var) or new in variables_of(node) or not _of_row(triple):
        return None
    match node:
        case Bgp(triples, optional, spoken):
            if any(t.subject == triple.subject and _of_row(t) for t in triples):
                return Bgp(triples, (*optional, triple), spoken)
        case Join(left, right):
            if inner := _folded(left, triple):
                return Join(inner, right)
            if inner := _folded(right, triple):
                return Join(left, inner)
        case Union(left, right, alternative):
            one, other = _folded(left, triple), _folded(right, triple)
            if one and other:
                return Union(one, other, alternative)
        case LeftJoin(left, right, condition):
            if inner := _folded(left, triple):
                return LeftJoin(inner, right, condition)
        case Filter(pattern, condition):
            if inner := _folded(pattern, triple):
                return Filter(inner, condition)
        case Extend(pattern, variable, value):
            if inner := _folded(pattern, triple):
                return Extend(inner, variable, value)
        case Minus(left, right):
            if inner := _folded(left, triple):
                return Minus(inner, right)
    return None


def _of_row(triple: Triple) -> bool:
    """Whether a triple is one value of its subject's row, whatever the subject is."""
    if not isinstance(triple.subject, Var) or not isinstance(triple.predicate, Iri) or triple.subject == triple.object:
        return False
    found = sources(triple.predicate.value)
    return bool(found) and not any(s.many for s in found)


def _told_last(node: Pattern) -> Pattern:
    """The pattern with what only a fact's reports tell looked up for the facts that are left in the end."""
    if isinstance(node, Order | Told):
        return node
    often = Counter(p for p in parts(node) if isinstance(p, Var))
    late: list[Triple] = []
    rest = _without_told(node, often, late)
    found = rest
    for subject in dict.fromkeys(t.subject for t in late):
        about = [t for t in late if t.subject == subject]
        single = tuple(t for t in about if not _many(t))
        found = Told(found, single) if single else found
        for triple in about:
            found = Told(found, (triple,)) if _many(triple) else found
    return found


def _many(triple: Triple) -> bool:
    return any(s.many for s in sources(_predicate(triple)))


def _predicate(triple: Triple) -> str:
    assert isinstance(triple.predicate, Iri)
    return triple.predicate.value


def _without_told(node: Pattern, often: Counter[Var], late: list[Triple], known: Kinds | None = None) -> Pattern:
    """The pattern without the triples that can be looked up later; they are put into ``late``.

    :param known: what another part sees to, from which nothing is taken out any more.
    """
    match node:
        case Bgp(triples, optional, spoken):
            kept = tuple(t for t in triples if not _later(t, often))
            certain = (known or {}) | (possible(Bgp(kept)) if 0 < len(kept) < len(triples) else {})
            facts = {v for v, kinds in certain.items() if kinds == frozenset({"fact"})}
            moved = [t for t in triples if t not in kept and t.subject in facts - _held(node)]
            late += moved
            return Bgp(tuple(t for t in triples if t not in moved), optional, spoken)
        case Join(left, right):
            ours = _without_told(left, often, late)
            theirs = _without_told(right, often, late, possible(ours) if isinstance(right, Bgp) else None)
            return ours if theirs == Bgp(()) else Join(ours, theirs)
        case LeftJoin(left, right, condition):
            return LeftJoin(_without_told(left, often, late), right, condition)
        case Minus(left, right):
            return Minus(_without_told(left, often, late), right)
        case Filter(pattern, condition):
            return Filter(_without_told(pattern, often, late), condition)
        case Extend(pattern, variable, value):
            return Extend(_without_told(pattern, often, late), variable, value)
    return node


def _later(triple: Triple, often: Counter[Var]) -> bool:
    new, predicate = triple.object, triple.predicate
    return isinstance(new, Var) and often[new] == 1 and isinstance(predicate, Iri) and of_witnesses(predicate.value) is not None
