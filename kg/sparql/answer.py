"""A query's whole way: text, algebra, SQL, rows, terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.collecting import uncollected
from kg.sparql import kinds
from kg.sparql.ir import (
    Bgp,
    Call,
    Distinct,
    Filter,
    Iri,
    Join,
    Literal,
    Pattern,
    Project,
    Query,
    Refused,
    Term,
    Triple,
    Union,
    Var,
)
from kg.sparql.kinds import IRIS, Value
from kg.sparql.patterns import Translator
from kg.sparql.reading import parse
from kg.sparql.rewrite import prepared
from kg.sparql.tables import Base

if TYPE_CHECKING:
    import duckdb

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Translation:
    """SQL that answers a query, to be put behind the relations of a `Base`, and how its rows become the answer's."""

    form: str
    sql: str
    read: Callable[[Sequence[Row]], list[Row]]

    def text(self, base: Base) -> str:
        """The whole SQL query."""
        return f"{base.sql()} {self.sql}"

    def rows(self, con: duckdb.DuckDBPyConnection, base: Base) -> list[Row]:
        """The answer: for SELECT a row of values a solution, for ASK one truth value, else subject, predicate and object.

        Values are plain: texts (IRIs too), whole and decimal numbers, dates, truth values; ``None`` where nothing is bound.

        :raises Refused: if the data turns out to be such that SQL and SPARQL may differ on it.
        """
        rows = _run(con, self.text(base), base)
        with uncollected():
            return self.read(rows)

    def check(self, con: duckdb.DuckDBPyConnection, base: Base) -> None:
        """Let DuckDB read the query without answering it.

        :raises Refused: if it can't.
        """
        _run(con, f"EXPLAIN {self.text(base)}", base)


def _run(con: duckdb.DuckDBPyConnection, sql: str, base: Base) -> list[Row]:
    import duckdb

    try:
        with uncollected():
            return con.execute(sql, dict(base.values)).fetchall()
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except (duckdb.InterruptException, RuntimeError) as error:
        if "interrupted" not in str(error).lower():
            raise
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        raise Refused(str(error).splitlines()[0]) from None


def translate(text: str, prefixes: Mapping[str, str], columns: Sequence[str] = ()) -> Translation:
    """A query in SQL.

    :param columns: the names of a SELECT's columns, in order.
    :raises Refused: if it is not certain that SQL would answer as the standard says.
    """
    try:
        return _translated(parse(text, prefixes), columns)
    except RecursionError:
        raise Refused("a query that is nested too deeply") from None


def _translated(query: Query, columns: Sequence[str]) -> Translation:
    if query.form == "SELECT":
        assert query.pattern is not None
        return _select(query.pattern, [Var(c) for c in columns])
    if query.form == "ASK":
        assert query.pattern is not None
        rows = Translator(prepared(query.pattern)).exists()
        return Translation("ASK", f"SELECT EXISTS (FROM ({rows.sql}) t)", list)
    return _graph(query if query.form == "CONSTRUCT" else _describing(query))


def _select(pattern: Pattern, columns: list[Var]) -> Translation:
    rows = Translator(prepared(pattern)).answer(columns)
    readers = [_reader(v) for v in rows.columns.values()]

    def read(found: Sequence[Row]) -> list[Row]:
        if not columns:
            return [() for _ in found]
        if not any(readers):
            return [*found]
        return list(zip(*(_read(c, r) for c, r in zip(zip(*found, strict=True), readers, strict=False)), strict=True))

    return Translation("SELECT", rows.sql, read)


def _reader(value: Value) -> Callable[[Any], Any] | None:
    if value.kind == "mixed":
        return lambda v: kinds.decoded(v)[1]
    return float if value.kind == "decimal" else None


def _read(column: Sequence[Any], reader: Callable[[Any], Any] | None) -> Sequence[Any]:
    return column if reader is None else [None if v is None else reader(v) for v in column]


# -- graphs: CONSTRUCT and DESCRIBE ----------------------------------------------------------------------------------------


def _describing(query: Query) -> Query:
    """DESCRIBE as a CONSTRUCT: what has the described as its subject, as Oxigraph has it."""
    found: Pattern | None = None
    for n, term in enumerate(query.described):
        about = Triple(term, Var(f" p{n}"), Var(f" o{n}"))
        part: Pattern = Bgp((about,))
        if query.pattern is not None and not isinstance(term, Var):
            raise Refused("DESCRIBE of an IRI with a pattern")
        if isinstance(term, Var):
            if query.pattern is None:
                raise Refused("DESCRIBE of a variable without a pattern")
            # Where it is unbound nothing is described, but joined with all triples it would describe everything.
            part = Join(Filter(Distinct(Project(query.pattern, (term,))), Call("BOUND", (term,))), part)
        found = part if found is None else Union(found, part)
    if found is None:
        raise Refused("DESCRIBE *")
    template = tuple(Triple(t, Var(f" p{n}"), Var(f" o{n}")) for n, t in enumerate(query.described))
    return Query("CONSTRUCT", found, template)


def _graph(query: Query) -> Translation:
    """The triples that a template makes of the solutions, each once."""
    assert query.pattern is not None
    if any(t.hidden for triple in query.template for t in triple.terms() if isinstance(t, Var) and t.name.startswith(" _")):
        raise Refused("a blank node in a template")
    wanted = list(dict.fromkeys(t for triple in query.template for t in triple.terms() if isinstance(t, Var)))
    rows = Translator(prepared(query.pattern)).answer(wanted, complete=False)
    values = list(rows.columns.values())
    if any(v.kind == "double" for v in values):
        raise Refused("a double in a template")

    def read(found: Sequence[Row]) -> list[Row]:
        made: dict[tuple[tuple[str, Any], ...], None] = {}
        for row in found:
            bound = dict(zip(wanted, (_termed(v, k) for v, k in zip(row, values, strict=False)), strict=True))
            for triple in query.template:
                terms = tuple(bound[t] if isinstance(t, Var) else _constant(t) for t in triple.terms())
                if _is_triple(terms):
                    made[terms] = None  # type: ignore[index]
        return [tuple(value for _, value in terms) for terms in made]

    return Translation(query.form, rows.sql, read)


def _termed(value: Any, of: Value) -> tuple[str, Any] | None:
    if value is None:
        return None
    if of.kind == "mixed":
        return kinds.decoded(value)
    return ("iri" if of.kind in IRIS else of.kind), (float(value) if of.kind == "decimal" else value)


def _constant(term: Term) -> tuple[str, Any]:
    if isinstance(term, Iri):
        return "iri", term.value
    assert isinstance(term, Literal)
    return kinds.written(term)


def _is_triple(terms: tuple[tuple[str, Any] | None, ...]) -> bool:
    subject, predicate, _ = terms
    return None not in terms and subject is not None and subject[0] == "iri" and predicate is not None and predicate[0] == "iri"
