"""What can be said of a pattern before it is translated, and a form of it that reads fewer tables.

Every rewriting keeps the solutions of the standard's algebra, with how often each stands there.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count

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
    Triple,
    Union,
    Values,
    Var,
    variables_of,
)
from kg.sparql.kinds import constant, met
from kg.sparql.tables import sources

Kinds = dict[Var, frozenset[str]]


@lru_cache(maxsize=512)
def possible(node: Pattern) -> Kinds:
    """The variables that every solution of a pattern binds, with the kinds they can have."""
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
        case Minus(pattern, _) | Filter(pattern, _) | Distinct(pattern) | Order(pattern, _) | Slice(pattern, _, _):
            return in_scope(pattern)


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
            return Group(simplified(pattern), keys, aggregates)
        case Project(pattern, variables):
            return Project(simplified(pattern), variables)
        case Distinct(pattern):
            return Distinct(simplified(pattern))
        case Order(pattern, keys):
            return Order(simplified(pattern), keys)
        case Slice(pattern, offset, limit):
            return Slice(simplified(pattern), offset, limit)
        case Bgp() | Values():
            return node


def _operands(node: Pattern) -> list[Pattern]:
    return [*_operands(node.left), *_operands(node.right)] if isinstance(node, Join) else [node]


def _joined(operands: list[Pattern]) -> Pattern:
    merged = Bgp(())
    others = []
    for operand in operands:
        one = isinstance(operand, Bgp) and not {t.object for t in merged.optional} & variables_of(operand)
        if isinstance(operand, Bgp) and one and not {t.object for t in operand.optional} & variables_of(merged):
            merged = Bgp(merged.triples + operand.triples, merged.optional + operand.optional)
        else:
            others.append(operand)
    parts: list[Pattern] = [*others, merged] if merged.triples else others
    found = parts[0] if parts else merged
    for part in parts[1:]:
        found = Join(found, part)
    return found


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
            return LeftJoin(folded, Bgp(rest), Call("SAMETERM", (end, triple.object)))
    return plain


def _folded(node: Pattern, triple: Triple) -> Pattern | None:
    """The pattern with an optional triple read in the row of its subject, if that can be."""
    new = triple.object
    if not isinstance(new, Var) or new in variables_of(node) or not _of_row(triple):
        return None
    match node:
        case Bgp(triples, optional):
            if any(t.subject == triple.subject and _of_row(t) for t in triples):
                return Bgp(triples, (*optional, triple))
        case Join(left, right):
            if inner := _folded(left, triple):
                return Join(inner, right)
            if inner := _folded(right, triple):
                return Join(left, inner)
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
