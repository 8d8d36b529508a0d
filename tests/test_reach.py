"""What a user's own loader, a spreadsheet or a query may reach: the file it was given, the facts, and nothing else."""

import io
import time
import zipfile

import openpyxl
import pytest
from helpers_store import write_rows

import kg as package
from kg.errors import QueryError, UsageError

ROW = ("USA", "meets", "RUS", "2009-03-27")
HEADER = "-- title: of a test\n-- reads: table\n-- columns: actor, action, target, date\n"
SELECT = "SELECT row, actor, action, target, date, problem FROM source"


# -- loaders --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def loading(graph, tmp_path, write):
    """Load one row by a loader of the user's; ``{secret}`` in it is a file beside that it was not given, ``{out}`` none yet."""
    secret = write_rows(tmp_path / "secret.csv", [("canary", "sings", "canary", "2001")])
    facts = write_rows(tmp_path / "facts.csv", [ROW])

    def load(sql, **options):
        text = sql.replace("{secret}", str(secret)).replace("{out}", str(tmp_path / "out.csv")).replace("{own}", str(facts))
        before = {f.name for f in tmp_path.iterdir()}
        try:
            return graph.load(facts, loader=str(write("my.sql", HEADER + text)), **options)
        finally:
            assert {f.name for f in tmp_path.iterdir()} - before <= {"my.sql", "s.kg"}

    return load


def test_an_own_loader_reads_its_file_and_merges(loading, graph):
    assert loading(SELECT).total("new") == 1
    assert loading(SELECT).total("known") == 1
    assert loading(SELECT, dry_run=True).total("known") == 1
    assert (
        loading("WITH s AS (SELECT * FROM source) SELECT row, actor, action, target, date, problem FROM s;\n").total("known") == 1
    )
    assert loading(f"{SELECT} WHERE (SELECT count(*) FROM read_csv('{{own}}')) = 1").total("known") == 1
    assert [f.wrong for f in graph.check() if f.wrong] == []


@pytest.mark.parametrize("name", ["it's.csv", "facts [1].csv", "a{b,c}*.csv", "back\\slash.csv", "what?.csv"])
def test_an_own_loader_reads_a_file_of_any_name(graph, tmp_path, write, name):
    file = write_rows(tmp_path / name, [ROW])
    report = graph.load(file, loader=str(write("my.sql", HEADER + SELECT)))
    assert [f.error for f in report.files] == [None] and report.total("new") == 1


def test_an_own_loader_reads_a_relative_path_an_archive_and_another_encoding(kg, tmp_path, write):
    write("my.sql", HEADER + SELECT)
    write_rows(tmp_path / "facts.csv", [ROW])
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as file:
        file.write(tmp_path / "facts.csv", "inner.csv")
    (tmp_path / "f16.csv").write_bytes((tmp_path / "facts.csv").read_text().encode("utf-16"))
    for name in ("facts.csv", "f.zip", "f16.csv"):
        ran = kg("load", name, "--loader", "my.sql")
        assert (ran.code, "1 row" in ran.err) == (0, True), ran.err


#: What reads something else: a file, a folder, the network, the machine.
REACHING = {
    "a file": "SELECT actor, action, target, date FROM read_csv('{secret}')",
    "a file by its name": "SELECT actor, action, target, date FROM '{secret}'",
    "its text": "SELECT content AS actor, 'a' AS action, 't' AS target, '2009' AS date FROM read_text('/etc/hostname')",
    "its bytes": "SELECT content::VARCHAR AS actor, 'a' AS action, 't' AS target, '2009' AS date FROM read_blob('/etc/hostname')",
    "a folder": "SELECT file AS actor, 'a' AS action, 't' AS target, '2009' AS date FROM glob('/etc/*')",
    "JSON": "SELECT actor, action, target, date FROM read_json('{secret}')",
    "Parquet": "SELECT actor, action, target, date FROM read_parquet('{secret}')",
    "in a subquery": "SELECT actor, (SELECT any_value(actor) FROM read_csv('{secret}')) AS action, target, date FROM source",
    "the network": "SELECT actor, action, target, date FROM read_csv('http://127.0.0.1:9/facts.csv')",
    "a bucket": "SELECT actor, action, target, date FROM read_csv('s3://bucket/facts.csv')",
    "SQLite": "SELECT name AS actor, 'a' AS action, 't' AS target, '2009' AS date FROM sqlite_scan('{secret}', 't')",
}


@pytest.mark.parametrize("sql", REACHING.values(), ids=REACHING)
def test_an_own_loader_reads_nothing_else(loading, graph, sql):
    report = loading(sql)
    (file,) = report.files
    assert file.error is not None and file.counts is None
    message = file.error.message
    assert "reaches for more than" in message or "does not work on" in message
    assert "canary" not in str(file.error)
    assert not graph.store.record.exists() or graph.facts() == []


#: What does something, beside reading or instead.
DOING = {
    "copies": "COPY (SELECT 1) TO '{out}'",
    "attaches": "ATTACH '{secret}' AS other",
    "installs": "INSTALL httpfs",
    "loads an extension": "LOAD httpfs",
    "sets": "SET enable_external_access = true",
    "behind a semicolon": f"{SELECT}; COPY (SELECT 1) TO '{{out}}'",
    "behind a bracket": f"{SELECT}); COPY (SELECT 1) TO '{{out}}'; SELECT * FROM ({SELECT}",
    "before": f"COPY (SELECT 1) TO '{{out}}'; {SELECT}",
    "makes a table": "CREATE TABLE staged AS SELECT 1",
    "nothing": "-- only a comment",
}


@pytest.mark.parametrize("sql", DOING.values(), ids=DOING)
def test_an_own_loader_is_one_select(loading, sql):
    with pytest.raises(UsageError, match="the loader my is"):
        loading(sql)


def test_the_command_says_so(kg, tmp_path, write):
    secret = write_rows(tmp_path / "secret.csv", [("canary", "sings", "canary", "2001")])
    facts = write_rows(tmp_path / "facts.csv", [ROW])
    ran = kg("load", facts, "--loader", write("my.sql", f"{HEADER}SELECT * FROM read_csv('{secret}')"))
    assert (ran.code, "reaches for more than" in ran.err, "hint: a loader reads from source" in ran.err) == (1, True, True)
    ran = kg("load", facts, "--loader", write("my.sql", f"{HEADER}COPY (SELECT 1) TO 'out.csv'"))
    assert (ran.code, "the loader my is COPY" in ran.err, "Traceback" in ran.err) == (2, True, False)
    assert not (tmp_path / "out.csv").exists()


# -- spreadsheets ---------------------------------------------------------------------------------------------------------


def workbook(change=lambda name, text: text, rows=3):
    """A spreadsheet of facts, its parts changed."""
    book = openpyxl.Workbook()
    book.active.append(["actor", "action", "target", "date"])
    for n in range(rows):
        book.active.append(["USA", f"act {n}", "RUS", "2009"])
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as was, zipfile.ZipFile(changed, "w") as now:
        for name in was.namelist():
            now.writestr(name, change(name, was.read(name)))
    return changed.getvalue()


ENTITIES = {
    "grows by tens": b"<!DOCTYPE x [<!ENTITY a '%s'>%s]>" % (
        b"lol" * 50, b"".join(b"<!ENTITY %c '%s'>" % (c + 1, b"&%c;" % c * 30) for c in range(ord("a"), ord("h")))),
    "is one long text": b"<!DOCTYPE x [<!ENTITY h '%s'>]>" % (b"lol" * 100_000),
    "is a file": b"<!DOCTYPE x [<!ENTITY h SYSTEM 'file:///etc/hostname'>]>",
    "is a parameter that is a file": b"<!DOCTYPE x [<!ENTITY %% p SYSTEM 'file:///etc/hostname'> %%p; <!ENTITY h 'x'>]>",
    "is no entity at all": b"<!DOCTYPE x>",
}  # fmt: skip


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_a_spreadsheet_with_entities_is_refused_at_once(graph, write, part, entity):
    def spoilt(name, text):
        if name != part:
            return text
        head, mark, rest = text.rpartition(b"?>") if text.startswith(b"<?xml") else (b"", b"", text)
        return head + mark + b"<!-- -->" * 20_000 + entity + rest.replace(b"act 2", b"&h;" * 9)

    file = write("f.xlsx", workbook(spoilt))
    before = time.process_time()
    (report,) = graph.load(file).files
    assert time.process_time() - before < 1
    assert report.error is not None and f"{part} declares a document type" in report.error.message


def test_a_spreadsheet_without_is_read(graph, write):
    assert graph.load(write("f.xlsx", workbook())).total("new") == 3


def test_a_spreadsheet_that_breaks_off_in_its_rows_is_refused_in_one_line(kg, write):
    def cut(name, text):
        return text[: text.index(b"act 2")] if name == "xl/worksheets/sheet1.xml" else text

    ran = kg("load", write("f.xlsx", workbook(cut, rows=30)))
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "error: can't read the spreadsheet" in ran.err


# -- queries --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reach")
    graph = package.open(folder / "s.kg")
    graph.load(write_rows(folder / "facts.csv", [ROW]))
    return graph


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (<read_csv>('/etc/hostname') AS ?x) {}",
        "SELECT (<http://example.org/read_text>('/etc/hostname') AS ?x) { ?f kg:date ?d }",
        "SELECT ?x { BIND(read_csv('/etc/hostname') AS ?x) }",
        "SELECT ?x { ?f kg:date ?d . FILTER(COPY('x')) }",
        "ATTACH '/etc/hostname' AS x",
        "INSTALL httpfs",
        "COPY fact TO 'out.csv'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "SELECT ?x { ?x kg:id 'NATO' } ; ATTACH 'x' AS y",
    ],
)
def test_sql_in_sparql_is_no_sql(small, tmp_path, monkeypatch, query):
    monkeypatch.chdir(tmp_path)
    try:
        rows = small.sparql(query).rows
    except QueryError:
        rows = []
    assert all(value is None for row in rows for value in row), "an unknown function binds nothing"
    assert [*tmp_path.iterdir()] == []


def test_a_function_that_nobody_has_is_said_to_be_none(kg, small):
    ran = kg("sparql", "SELECT (<http://example.org/f>(1) AS ?x) {}", "--kg", small.store.path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: SPARQL: The custom function <http://example.org/f> is not supported\nhint: ")


@pytest.mark.parametrize(
    "query",
    [
        "RETURN read_csv('/etc/hostname')",
        "CALL read_csv('/etc/hostname') RETURN *",
        "MATCH (n:Entity) WHERE n.id IN read_text('/etc/hostname') RETURN n",
        "CALL { LOAD FROM '/etc/hostname' RETURN * } RETURN 1",
        "MATCH (n:Entity) CALL scan_npy('/etc/hostname') RETURN *",
    ],
)
def test_functions_that_read_files_are_none_of_cypher(small, query):
    with pytest.raises(QueryError):
        small.cypher(query)


@pytest.mark.parametrize("name", ["f.rdf", "f.owl", "f.jsonld", "f.trig"])
def test_what_there_is_no_reader_for_is_refused_and_fetches_nothing(kg, write, name):
    """RDF/XML has entities and JSON-LD contexts to fetch: neither is read at all."""
    texts = {
        "f.rdf": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]><rdf:RDF>&e;</rdf:RDF>',
        "f.owl": "<rdf:RDF/>",
        "f.jsonld": '{"@context": "http://127.0.0.1:9/context", "@id": "x", "name": "y"}',
        "f.trig": "<http://example.org/g> { <http://example.org/s> <http://example.org/p> 1 }",
    }
    ran = kg("load", write(name, texts[name]))
    assert (ran.code, ran.err.startswith("error: "), "Traceback" in ran.err) == (1, True, False)
