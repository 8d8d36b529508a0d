"""SPARQL text to the algebra in `kg.sparql.ir`: by rdflib's parser, and the only place that knows rdflib.

What rdflib does otherwise than the standard is refused here, so that nothing behind has to know of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import count
from typing import Any

from kg.shapes.rdf import XSD
from kg.sparql.ir import (
    Aggregate,
    Bgp,
    Call,
    Distinct,
    Exists,
    Expression,
    Extend,
    Filter,
    Group,
    Iri,
    Join,
    LeftJoin,
    Literal,
    Minus,
    Order,
    Pattern,
    Project,
    Query,
    Refused,
    Slice,
    Term,
    Triple,
    Union,
    Values,
    Var,
)

_FORMS = {"SelectQuery": "SELECT", "AskQuery": "ASK", "ConstructQuery": "CONSTRUCT", "DescribeQuery": "DESCRIBE"}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ARGUMENTS = ("arg", "arg1", "arg2", "arg3", "text", "pattern", "start", "length", "replacement", "flags")
# Of a function with a text the order of arguments in a call, where it is another than above.
_ORDER = {"Builtin_REPLACE": ("arg", "pattern", "replacement", "flags")}
#: The node around the condition of a filter.
_CONDITION = "Condition"
# rdflib warns of literals that are not of their datatype; those are refused here, and nobody need read of it on stderr.
_QUIET = logging.NullHandler()


def parse(text: str, prefixes: Mapping[str, str]) -> Query:
    """The algebra of a query that some engine could read already.

    :raises Refused: if rdflib can't read it, or reads it otherwise than the standard.
    """
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    logging.getLogger("rdflib").addHandler(_QUIET)
    if re.search(r"\\[uU]|__agg_", text):
        raise Refused("letters written by code points, or a name that rdflib gives")
    if re.search(r"[\"'][^\"']*\t", text):
        raise Refused("a tab in a text, for which rdflib reads blanks")
    if re.search(r"\bBASE\s*<", text, re.IGNORECASE):
        raise Refused("BASE")
    if "#" in text and re.search(r"\r(?!\n)", text):
        raise Refused("a comment that a carriage return may end, which rdflib reads over")
    try:
        tree = _mended(parseQuery(text), prefixes)
        # Of CONSTRUCT WHERE the pattern is the template. An empty template is none to rdflib too.
        short = getattr(tree[1].where, "name", "") == "FakeGroupGraphPatten"
        found = translateQuery(tree).algebra
    except Exception as error:  # noqa: BLE001 - rdflib raises whatever comes to it; the text was read by another parser before
        first = (str(error).splitlines() or [""])[0]
        raise Refused(f"rdflib can't read it: {first}") from None
    return _Reader().query(found, short=short)


def _mended(tree: Any, prefixes: Mapping[str, str]) -> Any:
    """rdflib's parse tree without what its `translateQuery` goes wrong on.

    Prefixed names are IRIs: it forgets a prefix when another one has the same namespace, and leaves the backslashes of
    ``e:a\\/b`` in. The condition of each filter is in a node of its own: it drops one that is false to Python, as ``0`` is.
    """
    from rdflib import URIRef
    from rdflib.plugins.sparql.algebra import traverse
    from rdflib.plugins.sparql.parserutils import CompValue

    declared = {d.prefix or "": str(d.iri) for d in tree[0] if d.name == "PrefixDecl"}
    spaces = {**prefixes, **declared}

    def visit(node: Any) -> Any:
        if not isinstance(node, CompValue):
            return None
        if node.name == "pname":
            return URIRef(spaces[node.prefix or ""] + re.sub(r"\\(.)", r"\1", node.localname or ""))
        if node.name == "Filter":
            return CompValue("Filter", expr=CompValue(_CONDITION, expr=node.expr))
        return None

    return [[], traverse(tree[1], visitPost=visit)]


class _Reader:
    """Walks rdflib's tree; numbers what has no name."""

    def __init__(self) -> None:
        self._number = count(1)
        # What rdflib calls the aggregates of a SELECT, and the keys of its group beside them: the same in every SELECT.
        self._aggregated: dict[Var, Var] = {}

    def query(self, found: Any, *, short: bool) -> Query:
        """The whole query; ``short`` says that it is CONSTRUCT WHERE."""
        form = _FORMS.get(found.name)
        if form is None or found.datasetClause:
            raise Refused(f"a query of the form {found.name}")
        pattern = None if found.p is None else self.pattern(found.p)
        template: tuple[Triple, ...] = ()
        if form == "CONSTRUCT" and found.template is not None:
            template = tuple(self._triple(*t) for t in found.template)
        elif short:
            template = _own_template(pattern)
        described = tuple(_term(t) for t in found.PV) if form == "DESCRIBE" else ()
        return Query(form, pattern, template, described)

    def pattern(self, node: Any) -> Pattern:
        method = getattr(self, f"_{node.name}".lower(), None)
        if method is None:
            raise Refused(f"{node.name} in a pattern")
        found: Pattern = method(node)
        return found

    def fresh(self) -> Var:
        return Var(f" {next(self._number)}")

    # Patterns, by the names of rdflib's nodes in lower case.

    def _bgp(self, node: Any) -> Pattern:
        simple: list[Triple] = []
        others: list[Pattern] = []
        for s, p, o in node.triples:
            self._path(_term(s), p, _term(o), simple, others)
        found: Pattern = Bgp(tuple(simple))
        for other in others:
            found = Join(found, other) if found != Bgp(()) else other
        return found

    def _join(self, node: Any) -> Pattern:
        return Join(self.pattern(node.p1), self.pattern(node.p2))

    def _leftjoin(self, node: Any) -> Pattern:
        condition = None if getattr(node.expr, "name", "") == "TrueFilter" else self.expression(node.expr)
        return LeftJoin(self.pattern(node.p1), self.pattern(node.p2), condition)

    def _minus(self, node: Any) -> Pattern:
        return Minus(self.pattern(node.p1), self.pattern(node.p2))

    def _union(self, node: Any) -> Pattern:
        return Union(self.pattern(node.p1), self.pattern(node.p2))

    def _filter(self, node: Any) -> Pattern:
        return Filter(self.pattern(node.p), self.expression(node.expr))

    def _extend(self, node: Any) -> Pattern:
        pattern, variable, value = self.pattern(node.p), _variable(node.var), self.expression(node.expr)
        return pattern if value == variable else Extend(pattern, variable, value)

    def _tomultiset(self, node: Any) -> Pattern:
        if isinstance(node.p, list):
            raise Refused("VALUES without a row")
        return self.pattern(node.p)

    def _values(self, node: Any) -> Pattern:
        names: list[Any] = []
        for row in node.res:
            names += [v for v in row if v not in names]
        rows = tuple(
            tuple(None if type(row.get(v)) in (str, type(None)) else _constant(row[v]) for v in names) for row in node.res
        )
        return Values(tuple(_variable(v) for v in names), rows)

    def _project(self, node: Any) -> Pattern:
        return Project(self.pattern(node.p), tuple(_variable(v) for v in node.PV if not _is_iri(v)))

    def _distinct(self, node: Any) -> Pattern:
        return Distinct(self.pattern(node.p))

    def _orderby(self, node: Any) -> Pattern:
        return Order(self.pattern(node.p), tuple((self.expression(c.expr), c.order == "DESC") for c in node.expr))

    def _slice(self, node: Any) -> Pattern:
        return Slice(self.pattern(node.p), node.start or 0, node.length)

    def _aggregatejoin(self, node: Any) -> Pattern:
        group = node.p
        pattern = self.pattern(group.p)
        keys = []
        for key in group.expr or ():
            if _is_variable(key):
                keys.append(_variable(key))
            else:
                keys.append(self.fresh())
                pattern = Extend(pattern, keys[-1], self.expression(key))
        self._aggregated = {}
        aggregates = []
        for one in node.A:
            name = _variable(one.res)
            if "distinct" in one:
                aggregates.append((self.fresh(), self._aggregate(one)))
                self._aggregated[name] = aggregates[-1][0]
            elif _variable(one.vars) in keys:  # a variable beside aggregates, which rdflib takes a sample of
                self._aggregated[name] = _variable(one.vars)
            else:
                raise Refused("a variable beside aggregates that is no key of the group")
        return Group(pattern, tuple(keys), tuple(aggregates))

    def _aggregate(self, node: Any) -> Aggregate:
        function = node.name.removeprefix("Aggregate_").upper()
        expression = None if node.vars == "*" and not _is_term(node.vars) else self.expression(node.vars)
        separator = str(node.separator) if node.separator is not None else " "
        return Aggregate(function, expression, bool(node.distinct), separator)

    # Paths.

    def _triple(self, s: Any, p: Any, o: Any) -> Triple:
        predicate = _term(p)
        if isinstance(predicate, Literal):
            raise Refused("a literal as predicate")
        return Triple(_term(s), predicate, _term(o))

    def _path(self, s: Term, p: Any, o: Term, simple: list[Triple], others: list[Pattern]) -> None:
        """Spell a path out: what is plain triples goes to ``simple``, the rest to ``others``."""
        kind = type(p).__name__
        if kind in ("URIRef", "Variable", "BNode"):
            predicate = _term(p)
            assert not isinstance(predicate, Literal)
            simple.append(Triple(s, predicate, o))
        elif kind == "InvPath":
            self._path(o, p.arg, s, simple, others)
        elif kind == "SequencePath":
            places = [s, *(self.fresh() for _ in p.args[1:]), o]
            for start, step, end in zip(places, p.args, places[1:], strict=False):
                self._path(start, step, end, simple, others)
        elif kind == "AlternativePath":
            found: Pattern | None = None
            for step in p.args:
                inner: list[Triple] = []
                more: list[Pattern] = []
                self._path(s, step, o, inner, more)
                branch: Pattern = Bgp(tuple(inner))
                for one in more:
                    branch = Join(branch, one) if branch != Bgp(()) else one
                found = branch if found is None else Union(found, branch, alternative=True)
            assert found is not None
            others.append(found)
        else:
            raise Refused({"MulPath": "a path with *, + or ?", "NegatedPath": "a path with !"}.get(kind, f"{kind} as a path"))

    # Expressions.

    def expression(self, node: Any) -> Expression:
        if _is_term(node):
            found = _term(node)
            if isinstance(found, Var) and found.hidden:
                raise Refused("a blank node in an expression")
            return self._aggregated.get(found, found) if isinstance(found, Var) else found
        name = getattr(node, "name", "")
        if name == _CONDITION:
            return self.expression(node.expr)
        if name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            exists = Exists(self.pattern(node.graph))
            return exists if name == "Builtin_EXISTS" else Call("!", (exists,))
        if name in ("ConditionalAndExpression", "ConditionalOrExpression"):
            operands = (self.expression(node.expr), *(self.expression(e) for e in node.other))
            return _chain("&&" if "And" in name else "||", operands)
        if name == "RelationalExpression":
            return self._relation(node)
        if name in ("AdditiveExpression", "MultiplicativeExpression"):
            result = self.expression(node.expr)
            for sign, operand in zip(node.op, node.other, strict=True):
                result = Call(str(sign), (result, self.expression(operand)))
            return result
        if name in ("UnaryNot", "UnaryMinus", "UnaryPlus"):
            return Call({"UnaryNot": "!", "UnaryMinus": "-", "UnaryPlus": "+"}[name], (self.expression(node.expr),))
        if name == "Function":
            if node.distinct:
                raise Refused("DISTINCT in a function")
            return Call(str(node.iri), tuple(self.expression(e) for e in node.expr))
        if name.startswith("Builtin_"):
            return Call(name.removeprefix("Builtin_").upper(), self._arguments(node))
        raise Refused(f"{name or type(node).__name__} in an expression")

    def _relation(self, node: Any) -> Expression:
        left, sign = self.expression(node.expr), str(node.op)
        if sign in ("IN", "NOT IN"):
            others = node.other if isinstance(node.other, list) else [node.other]
            found: Expression
            if not others or (type(others[0]).__name__ != "Literal" and str(others[0]).endswith("#nil")):
                raise Refused("IN of an empty list")
            found = _chain("||", tuple(Call("=", (left, self.expression(e))) for e in others))
            return Call("!", (found,)) if sign == "NOT IN" else found
        return Call(sign, (left, self.expression(node.other)))

    def _arguments(self, node: Any) -> tuple[Expression, ...]:
        found: list[Expression] = []
        for name in _ORDER.get(node.name, _ARGUMENTS):
            value = getattr(node, name)
            if value is None:
                continue
            if isinstance(value, list) or type(value).__name__ in ("ParseResults", "plist"):
                found += [self.expression(e) for e in value]
            else:
                found.append(self.expression(value))
        return tuple(found)


def _own_template(pattern: Pattern | None) -> tuple[Triple, ...]:
    """The template of ``CONSTRUCT WHERE``, which is its pattern."""
    while isinstance(pattern, Slice | Project | Order | Distinct):
        pattern = pattern.pattern
    if not isinstance(pattern, Bgp):
        raise Refused("CONSTRUCT WHERE with more than triples")
    return pattern.triples


def _chain(sign: str, operands: tuple[Expression, ...]) -> Expression:
    found = operands[0]
    for operand in operands[1:]:
        found = Call(sign, (found, operand))
    return found


def _is_term(node: Any) -> bool:
    return type(node).__name__ in ("Variable", "URIRef", "Literal", "BNode")


def _is_variable(node: Any) -> bool:
    return type(node).__name__ == "Variable"


def _is_iri(node: Any) -> bool:
    return type(node).__name__ == "URIRef"


def _variable(node: Any) -> Var:
    if not _is_variable(node):
        raise Refused(f"{node} in place of a variable")
    return Var(str(node))


def _constant(node: Any) -> Iri | Literal:
    found = _term(node)
    if isinstance(found, Var):
        raise Refused("a blank node among VALUES")
    return found


def _term(node: Any) -> Term:
    kind = type(node).__name__
    if kind == "Variable":
        return Var(str(node))
    if kind == "BNode":
        return Var(f" _{node}")
    if kind == "URIRef":
        if not _ABSOLUTE.match(node):
            raise Refused(f"the relative IRI <{node}>")
        return Iri(str(node))
    if kind == "Literal":
        return _literal(node)
    raise Refused(f"{kind} in place of a term")


def _literal(node: Any) -> Literal:
    if node.language:
        raise Refused("a text with a language")
    if node.ill_typed:
        raise Refused(f"{str(node)!r} is no {node.datatype}")
    datatype = str(node.datatype) if node.datatype else XSD + "string"
    if datatype == XSD + "decimal":
        return Literal(format(Decimal(str(node)), "f"), datatype)
    return Literal(str(node), datatype)
