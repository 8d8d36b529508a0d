"""What is said of servers that answer strangely, and what is shown of questions for their own pages: by servers made for it."""

import datetime as dt
import http.server
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import httpx
import pytest
from helpers_store import EXAMPLE, ROOT, command
from servers import start as servers

import kg as package
from kg import questions
from kg.errors import KGError, NothingLoaded, QueryError, StoreError, UsageError
from kg.stores import lease
from kg.stores.bolt import Bolt
from kg.stores.endpoint import Endpoint, from_graph
from kg.stores.guard import with_values

WEB = (200, "text/html", "<html><h1>Welcome</h1>to our web site</html>")
DONE = (200, "text/plain", "Update succeeded")
WHO = {"KG_USER": "", "KG_PASSWORD": ""}
Answer = tuple[int, str, str]
Says = Callable[[str, dict[str, list[str]]], Answer | None]


def empty(form: dict[str, list[str]]) -> Answer:
    """What an endpoint without facts says to a query: a table without a row."""
    width = form["query"][0].partition("{")[0].count(" AS ?") if "query" in form else 1
    return 200, "text/tab-separated-values", "\t".join(["?a"] * width) + "\n"


@pytest.fixture
def serving() -> Iterator[Callable[[Says], str]]:
    """A web server that answers by path and form as it is told, or with ``None`` breaks off; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            answer = self.server.says(self.path.partition("?")[0], parse_qs(body))
            if answer is None:
                self.close_connection = True
                return
            status, kind, text = answer
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def says(what: Says) -> str:
            server.says = what
            return f"http://127.0.0.1:{server.server_port}"

        yield says
        server.shutdown()
        thread.join()


def told(ask: Callable[[], object], kind: type[KGError] = StoreError) -> tuple[str, str]:
    """Message and hint of what goes wrong."""
    with pytest.raises(kind) as caught:
        ask()
    assert "\n" not in caught.value.message
    return caught.value.message, caught.value.hint or ""


def test_an_update_address_that_is_a_web_page_is_refused_at_once(serving):
    host = serving(lambda path, form: WEB if path == "/x" else empty(form))
    graph = package.open(f"{host}/kg/sparql?update={host}/x")
    message, hint = told(lambda: graph.load(EXAMPLE))
    assert message == f"{host}/x takes no updates: it answers 200 text/html"
    assert "?update=" in hint
    endpoint = Endpoint(f"{host}/kg/sparql?update={host}/kg/update&data={host}/x")
    assert "/x takes no triples: it answers 200 text/html" in told(lambda: endpoint.add(b""))[0]


def test_web_pages_are_no_places_for_triples_and_updates(serving):
    host = serving(lambda path, form: DONE if path == "/kg/update" else WEB)
    endpoint = Endpoint(f"{host}/kg/sparql")
    assert endpoint.update_url == f"{host}/kg/update"
    assert endpoint.data_url is None
    host = serving(lambda path, form: WEB)
    assert "takes no updates (tried" in told(lambda: Endpoint(f"{host}/kg/sparql").update_url)[0]


@pytest.mark.parametrize("page", ["<html><h1>Success</h1><p>Update succeeded</p>", "<html><p>COMMIT: totalElapsed=10ms</p>"])
def test_a_page_that_says_an_update_was_done_is_no_refusal(serving, page):
    host = serving(lambda path, form: (200, "text/html", page))
    Endpoint(f"{host}/kg/sparql").update("INSERT DATA {}")


def test_an_update_that_is_taken_elsewhere_blames_nobody(serving, monkeypatch):
    monkeypatch.setattr(lease, "_UNSEEN", 0.3)
    host = serving(lambda path, form: DONE if "update" in form else empty(form))
    graph = package.open(f"{host}/kg/sparql?update={host}/other/update")
    message, hint = told(lambda: graph.load(EXAMPLE))
    assert message.startswith(f"{host}/kg/sparql took an update and has nothing of it: the lease")
    assert hint == "is ?update= an address of the same dataset?"


def test_refusals_name_the_address_that_was_given(serving, monkeypatch):
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)
    host = serving(lambda path, form: (401, "", "") if path == "/kg/update" else (403, "", "no"))
    message, _ = told(lambda: Endpoint(f"{host}/kg/sparql").update_url)
    assert message == f"{host}/kg/sparql refuses us (401) without a user: it wants to know who asks"
    message, _ = told(lambda: Endpoint(f"{host}/kg/sparql?update={host}/kg/update").update_url)
    assert message.startswith(f"{host}/kg/update refuses us (401)")


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        ("", "", "refuses us (401) without a user: it wants to know who asks"),
        ("", "secret", "refuses us (401) without a user: KG_PASSWORD is set but KG_USER is not"),
        ("me", "secret", "refuses user me (401): wrong user or password, or no right to do this"),
    ],
)
def test_who_was_refused(serving, monkeypatch, user, password, expected):
    monkeypatch.setenv("KG_USER", user)
    monkeypatch.setenv("KG_PASSWORD", password)
    host = serving(lambda path, form: (401, "text/plain", "who?"))
    message, hint = told(lambda: package.open(f"{host}/kg/sparql").facts())
    assert message == f"{host}/kg/sparql {expected}"
    assert hint == "set KG_USER and KG_PASSWORD"


def test_a_password_alone_is_that_of_neo4js_usual_user(monkeypatch):
    monkeypatch.setenv("KG_USER", "")
    monkeypatch.setenv("KG_PASSWORD", "secret")
    known = package.open("neo4j://127.0.0.1:1").store.bolt._known
    assert (known.user, known.password) == ("neo4j", "secret")
    monkeypatch.setenv("KG_USER", "me")
    assert package.open("neo4j://127.0.0.1:1").store.bolt._known.user == "me"


@pytest.mark.parametrize(
    ("query", "said", "expected"),
    [
        ("SELECT * {", 'Encountered "<EOF>" at line 1, column {}.', 'Encountered "<EOF>" at line 1, column 10.'),
        ("SELECT * {", "[line: 1, col: {}] Unresolved prefix <x>", "[line: 1, col: 10] Unresolved prefix <x>"),
        ("SELECT *\n{", "Line 2, column 1: {}", "Line 2, column 1: "),
    ],
)
def test_places_in_what_an_endpoint_says_are_those_of_the_users_text(serving, query, said, expected):
    def says(path: str, form: dict[str, list[str]]) -> Answer:
        [sent] = form["query"]
        return 400, "text/plain", said.format(len(sent) if "\n" not in sent else "")

    message, _ = told(lambda: Endpoint(f"{serving(says)}/sparql").ask(query, graphs=True), QueryError)
    assert message == f"SPARQL: {expected}".rstrip()


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("/kg/sparql", (405, "", ""), "/kg/sparql is no SPARQL endpoint: it answers 405 and no text"),
        ("/kg/update", (400, "text/plain", "no update="), "/kg/update answers 400 text/plain: no update="),
    ],
)
def test_an_address_that_is_none_of_queries(serving, path, answer, expected):
    graph = package.open(serving(lambda *_: answer) + path)
    for ask in (graph.facts, lambda: graph.sparql("ASK {}"), lambda: graph.store.endpoint.ask("ASK {}", graphs=True)):
        message, hint = told(ask)
        assert message.endswith(expected)
        assert hint.startswith("the address is that of queries")


def test_what_to_do_when_the_connection_breaks_off_is_not_the_same_for_a_load(serving):
    host = serving(lambda path, form: None)
    endpoint = Endpoint(f"{host}/kg/sparql")
    message, hint = told(lambda: endpoint.ask("ASK {}", graphs=True))
    assert message.startswith(f"{host}/kg/sparql broke off the connection")
    assert "load" not in hint
    endpoint.writing = True
    assert "run the same command again; what was loaded stays" in told(lambda: endpoint.ask("ASK {}", graphs=True))[1]


def test_a_server_that_is_down_says_nothing_of_loads():
    port = servers.free_port()
    for address in (f"http://127.0.0.1:{port}/kg/sparql", f"bolt://127.0.0.1:{port}"):
        message, hint = told(package.open(address).facts)
        assert "does not answer" in message
        assert "is the server up" in hint
        assert "load" not in hint


def test_https_spoken_to_a_server_without_it(serving):
    host = serving(lambda path, form: empty(form))
    address = host.replace("http", "https") + "/kg/sparql"
    message, hint = told(package.open(address).facts)
    assert message.startswith(f"{address} does not speak TLS there")
    assert f"try {host}/kg/sparql" in hint


def test_tls_spoken_to_a_bolt_that_has_none(serving):
    port = serving(lambda path, form: empty(form)).rpartition(":")[2]
    for scheme in ("neo4j+s", "bolt+ssc"):
        message, hint = told(package.open(f"{scheme}://127.0.0.1:{port}").facts)
        assert message.startswith(f"{scheme}://127.0.0.1:{port} does not answer")
        plain = scheme.partition("+")[0]
        assert f"does it speak TLS? try {plain}://, or {plain}+ssc://" in hint


@pytest.mark.parametrize("scheme", ["neo4j", "bolt"])
def test_why_a_server_can_not_be_reached_is_told(scheme):
    port = servers.free_port()
    message, _ = told(package.open(f"{scheme}://127.0.0.1:{port}").facts)
    assert "routing" not in message
    assert re.search(r"[Cc]onnection refused|\[Errno \d+\]|Connect call failed", message), message


def test_a_bolt_that_breaks_off_while_loading():
    bolt = Bolt("bolt://h:1", "bolt://h:1", None, None)
    error = bolt._gone("Failed to read from defunct connection")
    assert error.message.startswith("bolt://h:1 broke off the connection")
    bolt.writing = True
    assert "start it again if it is down, and run the same command again" in (bolt._gone("").hint or "")


@pytest.mark.parametrize(
    ("address", "language", "expected"),
    [("http://h/kg/sparql", "cypher", "in SPARQL, not in Cypher"), ("bolt://h", "sparql", "in Cypher, not in SPARQL")],
)
def test_the_other_language_is_refused_with_what_to_run(address, language, expected):
    message, hint = told(lambda: package.open(address).store.query(language, ""), UsageError)
    assert message == f"{address} answers {expected}"
    assert hint == f"kg copy {address} copy.kg, then the same with --kg copy.kg"


def test_no_header_before_a_refusal(serving, tmp_path):
    address = serving(lambda path, form: (401, "", "")) + "/kg/sparql"
    for form in ("csv", "tsv", "json", "jsonl", "table"):
        done = command("facts", "--format", form, "--kg", address, cwd=tmp_path, **WHO)
        assert (done.returncode, done.stdout) == (1, ""), form


def test_an_import_has_files_with_plain_names(graph, tmp_path):
    graph.load(EXAMPLE)
    graph.export_neo4j_import(tmp_path / "files")
    names = {file.stem for file in (tmp_path / "files").glob("*.csv")}
    assert names == {"entities", "facts", "reports", "changes", "former", "withdrawn", "rejects", "aliases", "merged"}


# What is shown of questions.


@pytest.mark.parametrize("name", questions.names())
def test_a_question_shown_for_an_endpoint_names_its_graph_once_and_outermost(name, tmp_path, capsys):
    text = questions.question(name, "sparql").text
    shown = package.open("http://127.0.0.1:1/kg/sparql?graph=http://x/y").store.shown("sparql", text)
    assert shown.replace("FROM <http://x/y>\n", "") == text
    before, _, after = shown.partition("FROM <http://x/y>\n")
    assert after.startswith("WHERE")
    body = "\n".join(line for line in before.splitlines() if not line.startswith("#"))
    assert body.count("{") == body.count("}") == 0
    assert from_graph("ASK { ?s ?p 'WHERE' }", "http://x") == "ASK { ?s ?p 'WHERE' }"


def test_what_to_run_names_the_graph_that_is_asked():
    address = "http://127.0.0.1:1/kg/sparql?graph=http://x/y"
    assert str(package.open(f"{address}&update=http://127.0.0.1:1/u").store) == address
    assert f"kg copy {address} copy.kg" in told(lambda: package.open(address).cypher("RETURN 1"), UsageError)[1]
    assert str(package.open("http://127.0.0.1:1/kg/sparql").store) == "http://127.0.0.1:1/kg/sparql"


def test_show_asks_no_server_and_says_what_it_can_not_do(tmp_path):
    store = ("--kg", "http://127.0.0.1:1/kg/sparql")
    done = command("ask", "facts-at", "--show", "sparql", *store, cwd=tmp_path)
    assert "FROM <https://w3id.org/diplomacy-kg/graph>\nWHERE {" in done.stdout
    assert "$at" in done.stdout
    assert "FROM" not in command("ask", "facts-at", "--show", "sparql", cwd=tmp_path).stdout
    assert "FROM" not in command("ask", "facts-at", "--show", "cypher", *store, cwd=tmp_path).stdout
    for options in (("--at", "2009"), ("--certain",), ("--deeds",), ("--known-at", "2026-01-01")):
        done = command("ask", "facts-at", "--show", "sparql", *options, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), options
        assert "--show shows the text of a question" in done.stderr


def test_values_are_literals_in_what_is_shown():
    values = {"a": 'x" \\ \n$b é', "n": 3, "from": dt.date(2009, 9, 18)}
    shown = with_values("// param a $a\nMATCH (x {id: $a, t: '$a'}) WHERE x.d > $from RETURN $other LIMIT $n", values)
    assert shown == (
        '// param a $a\nMATCH (x {id: "x\\" \\\\ \\n$b é", t: \'$a\'}) WHERE x.d > date("2009-09-18") RETURN $other LIMIT 3'
    )


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_a_shown_question_with_values_gives_the_same_rows(language, tmp_path):
    place = str(tmp_path / "s.kg")
    package.open(place).load(EXAMPLE)
    for name, given in (("partners", ["actor=Russia", "limit=3"]), ("facts-at", ["at=2009-09-18"]), ("partners", [])):
        options = [word for pair in given for word in ("--param", pair)]
        shown = command("ask", name, "--show", language, *options, "--kg", place, cwd=tmp_path).stdout
        assert ("$" in shown) == (not given)
        if given:
            asked = command("ask", name, "--language", language, *options, "--format", "json", "--kg", place, cwd=tmp_path)
            rows = command(language, shown, "--format", "json", "--kg", place, cwd=tmp_path)
            assert json.loads(rows.stdout) == json.loads(asked.stdout) != []


# On real servers.


@pytest.mark.parametrize("kind", ["neo4j", "fuseki"])
def test_nothing_was_ever_loaded_and_nothing_is_written(kind, request):
    address = request.getfixturevalue(f"{kind}_url")
    graph = package.open(address)
    ask = graph.cypher if kind == "neo4j" else graph.sparql
    before = graph.store.schema_steps() if kind == "neo4j" else None
    text = "MATCH (n) RETURN count(n)" if kind == "neo4j" else "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for wanted in (
        graph.facts, lambda: ask(text), lambda: graph.ask("partners"), graph.derive, lambda: graph.retract("d", "1"),
        lambda: graph.undo(1), graph.loads,
    ):  # fmt: skip
        message, hint = told(wanted, NothingLoaded)
        assert message == f"nothing was ever loaded into {address}"
        assert hint.endswith(f"kg load FILE --kg {address}")
    if kind == "neo4j":
        assert graph.store.schema_steps() == before
        assert graph.store.bolt.one("MATCH (n) WHERE NOT n:SchemaStep RETURN count(n)") == (0,)
    graph.load(EXAMPLE)
    assert ask(text).rows[0][0] > 0


def test_a_question_shown_with_values_runs_on_an_endpoints_own_page(fuseki_url, tmp_path):
    graph = package.open(fuseki_url)
    graph.load(EXAMPLE)
    done = command("ask", "partners", "--show", "sparql", "--param", "actor=Russia", "--kg", fuseki_url, cwd=tmp_path)
    answer = httpx.post(fuseki_url, data={"query": done.stdout}, headers={"Accept": "application/sparql-results+json"})
    assert len(answer.json()["results"]["bindings"]) == len(graph.ask("partners", actor="Russia").rows) > 0


def test_a_wrong_database_says_which_part_of_the_address_it_is(neo4j_url):
    message, hint = told(package.open(f"{neo4j_url}/nowhere").facts)
    assert message.startswith(f"{neo4j_url}/nowhere: the server has no such database")
    assert hint.startswith("the database is the part of the address after the port")


def test_the_dump_goes_into_a_running_fuseki_as_the_page_says(fuseki_url, graph, tmp_path):
    graph.load(EXAMPLE)
    graph.export(tmp_path / "dump.nq.gz")
    [line] = [
        line for line in (ROOT / "docs" / "servers.md").read_text(encoding="utf-8").splitlines() if line.startswith("zcat ")
    ]
    real = line.replace("http://localhost:3030/kg/", fuseki_url.removesuffix("sparql"))
    subprocess.run(["sh", "-c", real], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert package.open(fuseki_url).facts() == graph.facts()


@pytest.mark.parametrize("place", ["neo4j:/127.0.0.1:7687", "bolt:127.0.0.1", "http:/127.0.0.1:3030/kg/sparql", "neo4j+s:/x"])
def test_an_address_with_a_slash_too_few_is_no_folder(place):
    with pytest.raises(UsageError, match=r"is no address\n.*did you mean \S+://\w"):
        package.open(place)
