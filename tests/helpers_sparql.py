"""What the tests of SPARQL share: a judge, and queries made by chance.

The judge is Oxigraph, filled with the triples that an export of the same facts has; it knows nothing of the translation.
"""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyoxigraph as ox

import kg
from kg.shapes.rdf import KG, PREFIXES, SHAPE
from kg.snapshots import taken
from kg.sparql import Base, Refused, base, translate
from kg.stores.oxigraph import _answer, columns_of
from kg.views import View

Rows = list[tuple[Any, ...]]


class Judge:
    """A store's facts, asked twice: translated to SQL over the record, and in an Oxigraph filled with the export of a view."""

    def __init__(self, graph: kg.Graph, folder: Path, view: View | None = None) -> None:
        view = view or View()
        file = folder / "judge.nt"
        with taken(graph.store, view) as meant:
            meant.write_ntriples(View(), file)
        self.oxigraph = ox.Store()
        self.oxigraph.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
        self._open = ExitStack()
        self.con = self._open.enter_context(graph.store.viewing(view))
        self.con.execute("SET threads = 1")
        self.base: Base = base(view)

    def close(self) -> None:
        self._open.close()

    def translated(self, text: str) -> Rows:
        """The answer from the record.

        :raises Refused: if the translation refuses.
        """
        return translate(text, PREFIXES, columns_of(text, text)).rows(self.con, self.base)

    def true(self, text: str) -> Rows:
        """The judge's answer."""
        return _answer(self.oxigraph.query(text, prefixes=PREFIXES)).rows

    def compare(self, text: str) -> str:
        """``same``, ``refused: why``, or ``differs: how``. Where a query has an order, it orders by all that it shows."""
        try:
            ours = self.translated(text)
        except Refused as why:
            return f"refused: {why.message}"
        theirs = self.true(text)
        if "GROUP_CONCAT" in text:
            ours, theirs = _unordered(ours), _unordered(theirs)
        if typed(ours) != typed(theirs):
            extra, missing = typed(ours) - typed(theirs), typed(theirs) - typed(ours)
            return f"differs: {len(ours)} rows, not {len(theirs)}; extra {_some(extra)}, missing {_some(missing)}"
        if "ORDER BY" in text and ours != theirs:
            return "differs: the order of rows"
        return "same"


def typed(rows: Rows) -> Counter[Any]:
    """Rows with how often each is there; 1 is not 1.0, and neither is true."""
    return Counter(tuple((type(v).__name__, v) for v in row) for row in rows)


def _unordered(rows: Rows) -> Rows:
    """Rows with the parts of texts joined by ``|`` in an order of their own, because they have none."""
    return [tuple("|".join(sorted(v.split("|"))) if isinstance(v, str) else v for v in row) for row in rows]


def _some(rows: Counter[Any]) -> list[Any]:
    return [[v for _, v in row] for row in list(rows)[:2]]


#: Of which kind the values of each predicate are, as the shape's table says, by what they are said of.
PREDICATES: dict[str, dict[str, tuple[str, bool]]] = {
    which.subject: {term.predicate: (term.kind, term.many) for term in which.terms} for which in SHAPE
}
_NUMBERS = ("integer", "decimal")
_SHORT = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def short(iri: str) -> str:
    """An IRI with a prefix that every query knows, if there is one."""
    for prefix, space in _SHORT:
        if iri.startswith(space) and iri.removeprefix(space).isalnum():
            return f"{prefix}:{iri.removeprefix(space)}"
    return f"<{iri}>"


class Maker:
    """Makes queries that mean something: variables have kinds, constants are from the data, parts hang together."""

    def __init__(self, seed: int, store: ox.Store) -> None:
        self.pick = random.Random(seed)
        self._store = store
        self._often = Counter(q.predicate.value for q in store)
        self._kinds: dict[str, str] = {}
        self._count = 0

    def chance(self, of: float) -> bool:
        return self.pick.random() < of

    # Variables and constants.

    def new(self, kind: str) -> str:
        self._count += 1
        # Names that differ in case only are different names.
        name = f"?{self.pick.choice('xX')}{self._count}"
        self._kinds[name] = kind
        return name

    def old(self, *kinds: str) -> str | None:
        found = sorted(v for v, k in self._kinds.items() if k in kinds)
        return self.pick.choice(found) if found else None

    def value(self, predicate: str) -> str:
        """A constant that some triple has as object, now and then one that none has."""
        found = sorted({str(q.object) for q in self._store.quads_for_pattern(None, ox.NamedNode(predicate), None)})
        return (
            self.pick.choice(found) if found and self.chance(0.98) else self.pick.choice(['"nobody"', "<http://nowhere/>", "7"])
        )

    # Triples.

    def star(self, kind: str, subject: str, most: int = 3) -> str:
        """Triples about one subject."""
        given = PREDICATES[kind]
        usual = [p for p in sorted(given) if self._often[p] > 0.3 * self._often[KG + "date"] or self.chance(0.25)]
        lines = []
        for predicate in self.pick.sample(usual, min(len(usual), self.pick.randint(1, most))):
            of = given[predicate][0]
            known = self.old(of) if of in ("entity", "report") and self.chance(0.1) else None
            value = self.value(predicate) if self.chance(0.05) else known or self.new(of)
            lines.append(f"{short(predicate)} {value}")
        return f"{subject} {' ; '.join(lines)} ."

    def block(self) -> str:
        """Triples that hang on a variable that is there, or on a new one."""
        way = self.pick.randrange(9)
        entity, fact = self.old("entity"), self.old("fact")
        if way == 0 and entity:
            return self.star("entity", entity)
        if way == 1 and entity:
            other = self.new("entity")
            type_ = self.pick.choice(["support", "consult", "accuse", "meets", "appeal", "agree"])
            ends = [entity, other] if self.chance(0.5) else [other, entity]
            return f"{ends[0]} kg:{type_} {ends[1]} ."
        if way == 2 and fact:
            report = self.new("report")
            return f"{fact} prov:wasDerivedFrom {report} . {self.star('report', report, 2)}"
        if way == 3 and (entity or fact):
            return f"{entity or fact} {self.new('iri')} {self.new('mixed')} ."
        if way == 4 and fact:
            path = self.pick.choice(
                ["kg:actor/kg:id", "kg:target/skos:prefLabel", "kg:actor/kg:state/kg:id", "kg:targetState/kg:id"]
            )
            return f"{fact} {path} {self.new('string')} ."
        if way == 5 and entity:
            other = self.new("fact")
            return f"{entity} ^{self.pick.choice(['kg:actor', 'kg:target', 'kg:actorState'])} {other} ."
        if way == 6 and entity:
            return f"{self.new('fact')} {self.pick.choice(['kg:actor', 'kg:target'])} {entity} ."
        if fact:
            return self.star("fact", fact)
        return self.star("fact", self.new("fact"), 4)

    # Expressions.

    def number(self, depth: int = 2) -> str:
        """An expression that gives a whole number."""
        texts, dates, whole = self.old("string"), self.old("date"), self.old("integer")
        ways = ["constant"]
        ways += ["variable", "variable"] if whole else []
        ways += ["length"] if texts else []
        ways += ["year", "cut"] if dates else []
        ways += ["sum", "if"] if depth else []
        way = self.pick.choice(ways)
        if way == "variable":
            return str(whole)
        if way == "length":
            return f"STRLEN({texts})"
        if way == "year":
            return f"{self.pick.choice(['YEAR', 'MONTH', 'DAY'])}({dates})"
        if way == "cut":
            return f"xsd:integer(SUBSTR(STR({dates}), {self.pick.choice(['1, 4', '6, 2', '9, 2'])}))"
        if way == "sum":
            return f"({self.number(depth - 1)} {self.pick.choice('+-*')} {self.number(depth - 1)})"
        if way == "if":
            return f"IF({self.condition(depth - 1)}, {self.number(depth - 1)}, {self.number(depth - 1)})"
        return str(self.pick.choice([0, 1, 2, 3, 4, 10, 2009]))

    def decimal(self) -> str:
        found = self.old("decimal")
        if not found:
            return self.pick.choice(["1.5", "-4.0", "0.0"])
        return self.pick.choice([found, found, f"ABS({found})", f"(-{found})", f"({found} + {self.number(0)})", f"ROUND({found})",
                                 f"CEIL({found})", f"FLOOR({found})", f"({found} * 2)", f"({self.number(0)} / 4)"])  # fmt: skip

    def text(self, depth: int = 1) -> str:
        found = self.old("string")
        if not found:
            return f"STR({self.old('fact', 'entity', 'date', 'iri', 'integer', 'decimal') or '1'})"
        inner = self.text(depth - 1) if depth else found
        return self.pick.choice([found, found, f"SUBSTR({inner}, {self.pick.randint(1, 4)}, {self.pick.randint(0, 5)})",
                                 f"CONCAT({inner}, '-', {found})", f"STRBEFORE({inner}, {self.pick.choice(['e', ' ', ''])!r})",
                                 f"STRAFTER({inner}, {self.pick.choice(['a', ' ', ''])!r})", f"UCASE({inner})", f"LCASE({inner})",
                                 f"REPLACE({inner}, 'a', 'o')", f"ENCODE_FOR_URI({inner})", f"STR({inner})"])  # fmt: skip

    def expression(self) -> tuple[str, str]:
        """An expression and its kind."""
        kind = self.pick.choice(["integer", "decimal", "string", "boolean", "first"])
        if kind == "first":
            dates = sorted(v for v, k in self._kinds.items() if k == "date")
            if len(dates) > 1:
                return f"COALESCE({', '.join(self.pick.sample(dates, 2))})", "date"
            kind = "integer"
        made = {"integer": self.number, "decimal": self.decimal, "string": self.text, "boolean": self.condition}[kind]
        return made(), kind  # type: ignore[operator]

    def condition(self, depth: int = 1) -> str:
        if depth and self.chance(0.4):
            one, other = self.condition(depth - 1), self.condition(depth - 1)
            return self.pick.choice([f"!({one})", f"({one} && {other})", f"({one} || {other})"])
        sign = self.pick.choice(["=", "!=", "<", "<=", ">", ">="])
        ways = [f"{self.number(1)} {sign} {self.number(1)}"]
        if dates := self.old("date"):
            ways += [f"{dates} {sign} {self.value(KG + 'date')}", f"{dates} {sign} {self.old('date')}", f"BOUND({dates})"]
        if texts := self.old("string"):
            found = self.pick.choice(["CONTAINS", "STRSTARTS", "STRENDS"])
            pattern = self.pick.choice(["^[A-M]", "an", "e.*e", "A$"])
            ways += [f"{texts} {sign} {self.text(1)}", f"{found}({self.text()}, 'a')", f"REGEX({texts}, '{pattern}', 'i')"]
            ways += [f"{texts} IN ('USA', {self.text(0)})", f"{texts} NOT IN ('USA', 'NATO', {self.text(0)})", f"({texts})"]
        if self.old("decimal"):
            ways += [f"{self.decimal()} {sign} {self.decimal()}", f"{self.decimal()} {sign} {self.number(0)}"]
        if entity := self.old("entity"):
            ways += [f"{entity} {self.pick.choice(['=', '!='])} {self.old('entity', 'fact')}"]
            ways += [f"sameTerm({entity}, {self.old('entity')})"]
            ways += [f"{entity} IN ({self.value(KG + 'actor')}, {self.value(KG + 'target')})"]
        if mixed := self.old("mixed"):
            ways += [f"isIRI({mixed})", f"isLiteral({mixed})", f"STRLEN(STR({mixed})) {sign} 5", f"BOUND({mixed})"]
        return self.pick.choice(ways)

    # Groups.

    def group(self, depth: int = 2) -> str:
        """What stands between braces."""
        parts = [self.block() for _ in range(self.pick.choice([1, 1, 2, 2, 3]))]
        parts += [self.part(depth) for _ in range(self.pick.choice([0, 1, 1, 2, 3]))]
        return " ".join(parts)

    def part(self, depth: int) -> str:
        way = self.pick.choice(
            ["optional", "optional", "filter", "filter", "bind", "union", "minus", "exists", "values", "sub", "block"]
        )
        if way == "optional":
            inside = self.block() + (f" OPTIONAL {{ {self.block()} }}" if depth and self.chance(0.2) else "")
            return f"OPTIONAL {{ {inside}{f' FILTER ({self.condition()})' if self.chance(0.3) else ''} }}"
        if way == "filter":
            return f"FILTER ({self.condition()})"
        if way == "bind":
            made, kind = self.expression()
            return f"BIND ({made} AS {self.new(kind)})"
        if way == "union":
            return self._union(depth)
        if way in ("minus", "exists"):
            before = dict(self._kinds)
            inside = self.block() + (f" FILTER ({self.condition()})" if self.chance(0.4) else "")
            self._kinds = before
            return f"MINUS {{ {inside} }}" if way == "minus" else f"FILTER {self.pick.choice(['', 'NOT '])}EXISTS {{ {inside} }}"
        if way == "values":
            return self._values()
        return self._sub() if way == "sub" and depth else self.block()

    def _union(self, depth: int) -> str:
        before = dict(self._kinds)
        branches = []
        seen: list[dict[str, str]] = []
        shared = [self.new("any"), self.new("any")]
        for _ in range(2):
            self._kinds = dict(before)
            kind = self.pick.choice(["fact", "entity", "fact"])
            subject = self.old(kind) or self.new(kind)
            # What a filter sees is what is bound beside it.
            self._kinds = {subject: kind}
            chosen = self.pick.sample(sorted(PREDICATES[kind]), 2)
            same = f"{subject} {short(chosen[0])} {shared[0]} ; {short(chosen[1])} {shared[1]} ."
            self._kinds |= {v: PREDICATES[kind][p][0] for v, p in zip(shared, chosen, strict=True)}
            branches.append(f"{{ {same} {f'FILTER ({self.condition()})' if self.chance(0.3) else ''} }}")
            seen.append(self._kinds | before)
        self._kinds = before
        for name in seen[0] | seen[1]:
            kinds = {branch[name] for branch in seen if name in branch}
            self._kinds[name] = kinds.pop() if len(kinds) == 1 else "mixed"
        return " UNION ".join(branches)

    def _values(self) -> str:
        kind, predicate = self.pick.choice([("entity", "actor"), ("string", "type"), ("date", "date"), ("integer", "quad")])
        name = self.old(kind) or self.new(kind)
        rows = [self.value(KG + predicate) for _ in range(3)]
        if self.chance(0.3):
            other = self.old("string") or self.new("string")
            lines = (f"({row} {self.pick.choice([self.value(KG + 'code'), 'UNDEF'])})" for row in [*rows, "UNDEF"])
            return f"VALUES ({name} {other}) {{ {' '.join(lines)} }}" if other != name else ""
        return f"VALUES {name} {{ {' '.join(rows)} }}"

    def _sub(self) -> str:
        before = dict(self._kinds)
        key = self.old("entity", "fact")
        if not key:
            return self.block()
        self._kinds = {key: before[key]}
        inside = self.block()
        if key not in inside:
            self._kinds = before
            return self.block()
        total, kind = self.aggregate()
        self._kinds = before
        return f"{{ SELECT {key} ({total} AS {self.new(kind)}) WHERE {{ {inside} }} GROUP BY {key} }}"

    # Whole queries.

    def aggregate(self) -> tuple[str, str]:
        once = self.pick.choice(["", "", "DISTINCT "])
        name = self.pick.choice(sorted(self._kinds))
        ways = [("COUNT(*)", "integer"), (f"COUNT({once}{name})", "integer"), (f"SUM({once}{self.number(1)})", "integer")]
        if number := self.old(*_NUMBERS):
            ways += [
                (f"AVG({once}{number})", "decimal"),
                (f"MAX({number})", self._kinds[number]),
                (f"SUM({once}{number})", self._kinds[number]),
            ]
        if ordered := self.old("date", "string", "entity"):
            ways += [(f"MIN({ordered})", "iri" if self._kinds[ordered] == "entity" else self._kinds[ordered])]
        return self.pick.choice(ways)

    def query(self) -> str:
        inside = self.group()
        names = sorted(v for v, k in self._kinds.items() if v in inside)
        if self.chance(0.05):
            return f"ASK {{ {inside} }}"
        if self.chance(0.05) and (subject := self.old("fact", "entity")):
            return f"CONSTRUCT {{ {subject} kg:x {self.pick.choice(names)} }} WHERE {{ {inside} }}"
        if self.chance(0.35):
            return self._grouped(inside)
        shown = names if self.chance(0.4) else self.pick.sample(names, min(len(names), self.pick.randint(1, 4)))
        once = self.pick.choice(["", "DISTINCT "])
        return f"SELECT {once}{' '.join(shown)} WHERE {{ {inside} }}{self._end(shown)}"

    def _grouped(self, inside: str) -> str:
        keys = self.pick.sample(sorted(self._kinds), min(len(self._kinds), self.pick.randint(0, 2)))
        made = [self.aggregate() for _ in range(self.pick.randint(1, 3))]
        names = [f"?n{i}" for i in range(len(made))]
        shown = " ".join([*keys, *(f"({sql} AS {name})" for (sql, _), name in zip(made, names, strict=True))])
        self._kinds |= {name: kind for (_, kind), name in zip(made, names, strict=True)}
        by = f" GROUP BY {' '.join(keys)}" if keys else ""
        having = f" HAVING (COUNT(*) > {self.pick.randint(1, 3)})" if keys and self.chance(0.3) else ""
        return f"SELECT {shown} WHERE {{ {inside} }}{by}{having}{self._end([*keys, *names])}"

    def _end(self, shown: Sequence[str]) -> str:
        """An order by all that is shown, and a slice, which without such an order may be any."""
        if self.chance(0.5) or any(self._kinds[v] in ("mixed", "any") for v in shown):
            return ""
        order = " ".join(self.pick.choice([v, f"DESC({v})"]) for v in self.pick.sample(list(shown), len(shown)))
        cut = f" LIMIT {self.pick.randint(0, 20)}" if self.chance(0.4) else ""
        skip = f" OFFSET {self.pick.randint(0, 5)}" if self.chance(0.3) else ""
        return f" ORDER BY {order}{cut}{skip}"
