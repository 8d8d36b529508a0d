"""The W3C's own tests of SPARQL, through the same translation over another table: one of subjects, predicates and objects.

Each is passed or refused, and none is wrong. The tests come in a jar of RDF4J's, which Maven fetches; without it they are
skipped, or fail if ``KG_REQUIRE_SERVERS=1``.
"""

import os
import zipfile
from collections import Counter
from pathlib import PurePosixPath

import duckdb
import pyoxigraph as ox
import pytest
from servers.start import NotThere, jars

from kg.errors import QueryError
from kg.shapes.rdf import RDF, XSD
from kg.sparql import Refused, bgp, rewrite, translate
from kg.sparql.kinds import LITERALS, Value, of, sql_type, text
from kg.sparql.reading import parse
from kg.sparql.reading.tokens import Unread
from kg.sparql.tables import Source
from kg.stores.oxigraph import columns_of, plain

VERSION = "3.7.4"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
#: What the translation is not for: other regimes, updates, other forms of answers, other graphs.
_OTHER = {
    "entailment",
    "service",
    "service-description",
    "protocol",
    "http-rdf-update",
    "update-silent",
    "csv-tsv-res",
    "json-res",
}
_LETTERS = {"string": "s", "integer": "n", "decimal": "m", "date": "d", "boolean": "b"}
#: Tests that are out of date, by their names.
OUTDATED = {"basic: Basic - Term 6": "SPARQL 1.1 reads 456. as a whole number and the end of a triple (19.8, DECIMAL)"}


class NotFitting(Exception):
    """Data or results with what the table of this test can't hold."""


@pytest.fixture(scope="module")
def archive():
    try:
        (jar,) = jars("w3c", VERSION).glob("rdf4j-sparql-testsuite-*.jar")
    except NotThere as why:
        if os.environ.get("KG_REQUIRE_SERVERS") == "1":
            pytest.fail(f"{why}, and KG_REQUIRE_SERVERS=1 asks for it")
        pytest.skip(str(why))
    with zipfile.ZipFile(jar) as opened:
        yield opened


def parsed(archive, path):
    form = {".ttl": ox.RdfFormat.TURTLE, ".n3": ox.RdfFormat.N3, ".rdf": ox.RdfFormat.RDF_XML, ".nt": ox.RdfFormat.N_TRIPLES}
    suffix = PurePosixPath(path).suffix
    if suffix not in form:
        raise NotFitting(f"a file {suffix}")
    return list(ox.parse(archive.read(path), format=form[suffix], base_iri=f"http://test.example/{path}"))


def inside(iri):
    return iri.removeprefix("http://test.example/")


def evaluations(archive):
    """The name of each test, its query, data and result as paths in the archive."""
    for manifest in sorted(n for n in archive.namelist() if n.endswith("/manifest.ttl")):
        folder = PurePosixPath(manifest).parent
        if not manifest.startswith(("testcases-sparql-1.0-w3c/", "testcases-sparql-1.1-w3c/")) or folder.name in _OTHER:
            continue
        facts = {}
        for quad in parsed(archive, manifest):
            facts.setdefault(quad.subject, {}).setdefault(quad.predicate.value, []).append(quad.object)
        for about in facts.values():
            types = {t.value for t in about.get(RDF + "type", ())}
            if f"{_MF}QueryEvaluationTest" not in types:
                continue
            action = facts.get(about[f"{_MF}action"][0], {})
            if f"{_QT}graphData" in action or len(action.get(f"{_QT}data", ())) > 1:
                continue
            name = f"{folder.name}: {about[f'{_MF}name'][0].value}"
            data = action.get(f"{_QT}data", [None])[0]
            yield (
                name,
                inside(action[f"{_QT}query"][0].value),
                data and inside(data.value),
                inside(about[f"{_MF}result"][0].value),
            )


def encoded(term):
    """A term as `kg.sparql.kinds.encoded` would write it, and its kind."""
    if isinstance(term, ox.NamedNode):
        return f"i{term.value}", "iri"
    kind = getattr(term, "datatype", ox.NamedNode("x:none")).value.removeprefix(XSD)
    if isinstance(term, ox.BlankNode) or term.language or kind not in _LETTERS:
        raise NotFitting(str(term))
    # Numbers by value, as Oxigraph keeps them.
    (row,) = ox.Store().query(f"SELECT (IF(true, {term} + 0, 0) AS ?x) {{}}") if kind in ("integer", "decimal") else [[term]]
    if (
        row[0] is None
        or (kind == "date" and len(term.value) != 10)
        or (kind == "boolean" and term.value not in ("true", "false"))
    ):
        raise NotFitting(str(term))
    return _LETTERS[kind] + row[0].value, kind


class Generic:
    """One table of triples as what the translation reads from."""

    def __init__(self, quads):
        self.con = duckdb.connect()
        self.con.execute("CREATE TABLE triple (s VARCHAR, p VARCHAR, o VARCHAR, kind VARCHAR)")
        rows = {(encoded(q.subject)[0][1:], q.predicate.value, *encoded(q.object)) for q in quads}
        self.kinds = {}
        for _, p, _, kind in rows:
            self.kinds.setdefault(p, set()).add(kind)
        if rows:
            self.con.executemany("INSERT INTO triple VALUES (?, ?, ?, ?)", sorted(rows))

    def sources(self, predicate, kinds=None):
        if predicate is None:
            found = frozenset().union(*self.kinds.values())
            if len(found) == 1:
                (kind,) = found
                return [Source("triple g", of("iri", "g.s"), of("iri", "g.p"), self._typed(kind))] if found else []
            return [Source("triple g", of("iri", "g.s"), of("iri", "g.p"), Value(found, "g.o"))] if found else []
        return [
            Source(f"(FROM triple WHERE p = {text(predicate)} AND kind = '{kind}') g", of("iri", "g.s"),
                   of("iri", text(predicate)), self._typed(kind))
            for kind in sorted(self.kinds.get(predicate, ()))
        ]  # fmt: skip

    def _typed(self, kind):
        return of(kind, f"substr(g.o, 2)::{sql_type(frozenset({kind})) if kind in LITERALS else 'VARCHAR'}")


def expected(archive, path):
    """The rows of a result with their columns, or the triples of a graph."""
    suffix = PurePosixPath(path).suffix
    if suffix == ".srx":
        found = ox.parse_query_results(archive.read(path), format=ox.QueryResultsFormat.XML)
        if isinstance(found, ox.QueryBoolean):
            return ["answer"], [(bool(found),)]
        names = [v.value for v in found.variables]
        return names, [tuple(value(row[n]) for n in names) for row in found]
    quads = parsed(archive, path)
    if any("result-set#" in q.predicate.value for q in quads):
        return results_in_turtle(quads)
    return None, [tuple(value(t) for t in (q.subject, q.predicate, q.object)) for q in quads]


def results_in_turtle(quads):
    rs = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
    about = {}
    for q in quads:
        about.setdefault(q.subject, []).append((q.predicate.value.removeprefix(rs), q.object))
    (whole,) = [s for s, told in about.items() if any(p in ("boolean", "resultVariable") for p, _ in told)]
    told = about[whole]
    if any(p == "boolean" for p, _ in told):
        return ["answer"], [(next(o.value == "true" for p, o in told if p == "boolean"),)]
    names = [o.value for p, o in told if p == "resultVariable"]
    rows = []
    for solution in (o for p, o in told if p == "solution"):
        bound = {}
        for binding in (o for p, o in about.get(solution, ()) if p == "binding"):
            parts = dict(about[binding])
            bound[parts["variable"].value] = value(parts["value"])
        rows.append(tuple(bound.get(n) for n in names))
    return names, rows


def value(term):
    if isinstance(term, ox.BlankNode):
        raise NotFitting("a blank node in a result")
    if getattr(term, "language", None):
        raise NotFitting("a language in a result")
    return plain(term)


def judged(archive, monkeypatch, query, data, result):
    """``passed``, ``refused``, ``not fitting`` or how the answer is wrong."""
    try:
        asked = archive.read(query).decode()
        columns_of(asked, asked)
        generic = Generic(parsed(archive, data) if data else [])
        names, rows = expected(archive, result)
    except (NotFitting, QueryError, KeyError, SyntaxError) as why:
        return f"not fitting: {why}"
    with monkeypatch.context() as patch:
        patch.setattr(bgp, "sources", generic.sources)
        patch.setattr(rewrite, "sources", generic.sources)
        patch.setattr(rewrite, "of_witnesses", lambda predicate: None)
        rewrite._possible.cache_clear()
        try:
            columns = columns_of(asked, asked)
            translation = translate(asked, {}, columns)
            ours = translation.read(generic.con.execute(translation.sql).fetchall())
        except (Refused, duckdb.Error) as why:
            return f"refused: {why}"
        finally:
            rewrite._possible.cache_clear()
    if translation.form == "SELECT":
        places = [names.index(c) if c in names else None for c in columns]
        rows = [tuple(None if p is None else row[p] for p in places) for row in rows]
    same = Counter(map(repr, ours)) == Counter(map(repr, rows))
    return "passed" if same else f"wrong: {ours}\ninstead of\n{rows}"


def test_the_w3cs_tests_are_passed_or_refused(archive, monkeypatch, capsys):
    found = Counter()
    wrong = []
    for name, query, data, result in evaluations(archive):
        how = judged(archive, monkeypatch, query, data, result)
        found[how.partition(":")[0]] += 1
        if how.startswith("wrong") != (name in OUTDATED):
            wrong.append(f"{name} ({query})\n{how}")
    with capsys.disabled():
        print(f"\nW3C tests of SPARQL: {dict(found)}")  # noqa: T201
    assert not wrong, "\n\n".join(wrong)
    assert found["passed"] >= 100


def syntax(archive):
    """The texts of all queries that the W3C says are to be read."""
    for manifest in sorted(n for n in archive.namelist() if n.endswith("/manifest.ttl") and "/syntax" in n):
        about = {}
        for quad in parsed(archive, manifest):
            about.setdefault(quad.subject, {}).setdefault(quad.predicate.value, quad.object.value)
        for told in about.values():
            if told.get(RDF + "type", "").startswith(f"{_MF}PositiveSyntaxTest") and told[f"{_MF}action"].endswith(".rq"):
                yield inside(told[f"{_MF}action"]), archive.read(inside(told[f"{_MF}action"])).decode()


def test_every_query_that_the_w3c_has_is_read(archive):
    unread, read = {}, 0
    for name, asked in syntax(archive):
        try:
            columns_of(asked, asked)
        except QueryError:  # Oxigraph reads no letters by code points in names
            continue
        read += 1
        try:
            parse(asked, {})
        except Unread as why:
            unread[name] = why.message
        except Refused:
            continue
    assert read >= 175 and unread == {}
