"""Servers that are down, refuse, stop half way, can't be written, or are none: one line that says which and what to do."""

import http.server
import re
import subprocess
import sys
import threading
import time

import pytest
from helpers_history import same
from helpers_store import EXAMPLE, command, environment, many_rows
from servers import start as servers

import kg
from kg.errors import StoreBusy, StoreError
from kg.stores import endpoint

PASSWORD = "correct horse 'battery\" staple"
WHO = {"KG_USER": "neo4j", "KG_PASSWORD": PASSWORD}


def failed(done, *expected):
    """A command that ended with one line, and perhaps one hint, in which all of these are."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert lines[0].startswith("error: ")
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("hint: ")), done.stderr
    for text in expected:
        assert re.search(text, done.stderr), done.stderr
    assert PASSWORD not in done.stderr
    assert "battery" not in done.stderr


@pytest.mark.parametrize("address", ["neo4j://127.0.0.1:{}", "bolt://127.0.0.1:{}", "http://127.0.0.1:{}/kg/sparql"])
def test_a_server_that_is_down(address, tmp_path):
    address = address.format(servers.free_port())
    for arguments in (("load", EXAMPLE), ("facts",), ("info",)):
        started = time.monotonic()
        failed(command(*arguments, "--kg", address, cwd=tmp_path), re.escape(f"{address} does not answer"), "is the server up")
        assert time.monotonic() - started < 15


def test_a_host_that_nobody_knows(tmp_path):
    for address in ("neo4j://no-such-host.invalid", "http://no-such-host.invalid/sparql"):
        failed(command("facts", "--kg", address, cwd=tmp_path), "no-such-host.invalid")


def stopped_half_way(address, file, stop, batch, **env):
    """Load in a process of its own, stop the server when some facts are there, and see how the process ends."""
    module, name = ("neo4j", "Neo4jStore") if address.startswith("neo4j") else ("sparql", "SparqlStore")
    code = f"from kg.stores.{module} import {name}; {name}.batch = {batch}; from kg.cli import main; main()"
    loading = subprocess.Popen(
        [sys.executable, "-c", code, "load", str(file), "--source", "d", "--kg", address],
        env=environment(**env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    graph = kg.open(address)
    deadline = time.monotonic() + 60
    while graph.info()["facts"] < 100:
        assert time.monotonic() < deadline, "the load did not get anywhere"
        assert loading.poll() is None, loading.communicate()
        time.sleep(0.3)
    stop()
    graph.store.close()
    out, err = loading.communicate(timeout=90)
    failed(subprocess.CompletedProcess([], loading.returncode, out, err), re.escape(address), "run the same command again")


def test_neo4j_with_a_password_from_the_first_load_to_the_last(start_server, twin, tmp_path, contents, monkeypatch):
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    server = start_server(servers.neo4j, home, password=PASSWORD)
    address = server.url

    def run(*arguments, at=address, **env):
        return command(*arguments, "--kg", at, cwd=tmp_path, **{**WHO, **env})

    failed(run("load", EXAMPLE, KG_PASSWORD="wrong"), "refuses user neo4j: wrong user or password", "KG_USER and KG_PASSWORD")
    failed(run("facts", KG_USER="", KG_PASSWORD=""), "refuses us without a user: it wants", "KG_USER and KG_PASSWORD")
    failed(run("facts", KG_USER="", KG_PASSWORD="wrong"), "refuses user neo4j: wrong user or password")
    failed(run("facts", "--format", "csv", KG_USER=""), "nothing was ever loaded", "load FILE --kg neo4j://")
    failed(run("load", EXAMPLE, at=f"{address}/nowhere"), re.escape(f"{address}/nowhere: the server has no such database"))
    assert run("load", EXAMPLE, at=f"{address}/neo4j").returncode == 0
    twin.load(EXAMPLE)
    same(contents(kg.open(address)), contents(twin))

    file = many_rows(tmp_path / "many.csv", 1000)
    stopped_half_way(address, file, server.kill, 20, **WHO)
    port = int(address.rpartition(":")[2])
    server = start_server(servers.neo4j, home, password=PASSWORD, port=port)
    assert run("load", file, "--source", "d").returncode == 0
    twin.load(file, dataset="d")
    same(contents(kg.open(address)), contents(twin))

    server.stop()  # ends well: a database that can't be written can't be mended either
    start_server(servers.neo4j, home, password=PASSWORD, port=port, server__databases__default_to_read_only="true")
    more = many_rows(tmp_path / "more.csv", 10, 5000)
    failed(run("load", more), re.escape(f"{address} can't be written"), "read-only")
    assert run("facts", "--format", "csv").stdout.count("\n") == len(twin.facts()) + 1


def test_fuseki_with_a_password_from_the_first_load_to_the_last(start_server, twin, tmp_path, contents, monkeypatch):
    who = {**WHO, "KG_USER": "kg"}
    for name, value in who.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    server = start_server(servers.fuseki, home, password=PASSWORD, files=True)
    address = server.url

    def run(*arguments, at=address, **env):
        return command(*arguments, "--kg", at, cwd=tmp_path, **{**who, **env})

    for wrong, said in (
        ({"KG_PASSWORD": "wrong"}, r"refuses user kg \(401\): wrong user or password"),
        ({"KG_USER": "", "KG_PASSWORD": ""}, r"refuses us \(401\) without a user: it wants to know who asks"),
        ({"KG_USER": ""}, r"refuses us \(401\) without a user: KG_PASSWORD is set but KG_USER is not"),
    ):
        for arguments in (("load", EXAMPLE), ("facts",), ("facts", "--format", "csv")):
            failed(run(*arguments, **wrong), re.escape(address), said, "KG_USER and KG_PASSWORD")
    nowhere = address.replace("/kg/", "/nowhere/")
    failed(run("load", EXAMPLE, at=nowhere), re.escape(nowhere.rpartition("/")[0]), "40[45]|no updates")
    assert run("load", EXAMPLE).returncode == 0
    twin.load(EXAMPLE)
    same(contents(kg.open(address)), contents(twin))

    file = many_rows(tmp_path / "many.csv", 1000)
    stopped_half_way(address, file, server.kill, 20, **who)
    port = int(address.split(":")[2].split("/")[0])
    server = start_server(servers.fuseki, home, password=PASSWORD, files=True, port=port, writable=False)
    failed(run("load", file, "--source", "d"), "takes no updates", "read-only")
    assert 100 < len(run("facts", "--format", "csv").stdout.splitlines()) < 1000
    server.kill()
    start_server(servers.fuseki, home, password=PASSWORD, files=True, port=port)
    assert run("load", file, "--source", "d").returncode == 0
    twin.load(file, dataset="d")
    same(contents(kg.open(address)), contents(twin))


@pytest.fixture
def answering():
    """A web server that answers every request in one way: status, type and text, or not before some seconds are over."""
    stop = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            status, kind, text, wait = self.server.answer
            stop.wait(wait)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                pass

        do_GET = do_POST

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def answers(status=200, kind="text/html", text="<html><body><h1>Welcome</h1>to our web site</body></html>", wait=0.0):
            server.answer = (status, kind, text, wait)
            return f"http://127.0.0.1:{server.server_port}/sparql"

        yield answers
        stop.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, "is no SPARQL endpoint: it answers 200 text/html"),
        ({"status": 404}, "is no SPARQL endpoint: it answers 404"),
        ({"status": 500, "text": "<p>No space left\non device</p>"}, r"failed \(500\): No space left on device"),
        ({"status": 507, "kind": "text/plain", "text": "Insufficient Storage"}, r"failed \(507\): Insufficient Storage"),
        ({"kind": "application/json", "text": "{}"}, "answers 200 application/json"),
        ({"status": 403, "text": "no"}, r"refuses us \(403\)"),
        ({"status": 302}, "answers 302|does not answer"),
    ],
    ids=lambda v: v if isinstance(v, str) else str(v.get("status", "")),
)
def test_an_endpoint_that_is_none_or_fails(answering, answer, expected, tmp_path):
    address = answering(**answer)
    failed(command("facts", "--kg", address, cwd=tmp_path), re.escape(address), expected)
    failed(command("load", EXAMPLE, "--kg", address, cwd=tmp_path), re.escape(address.removesuffix("/sparql")))
    failed(command("sparql", "ASK {}", "--kg", address, cwd=tmp_path), expected)


@pytest.mark.parametrize("answer", [{"wait": 30.0}, {"status": 503, "text": "later"}, {"status": 504}, {"status": 429}])
def test_an_endpoint_that_is_too_busy(answering, answer, monkeypatch):
    monkeypatch.setattr(endpoint, "_WAIT", 0.3)
    graph = kg.open(answering(**answer))
    for ask in (graph.facts, lambda: graph.load(EXAMPLE), lambda: graph.sparql("ASK {}")):
        with pytest.raises(StoreBusy, match=r"http://127.0.0.1:\d+/[\w/]* (did not answer in time|is busy)") as caught:
            ask()
        assert "try again" in str(caught.value)
    graph.store.close()


def test_an_answer_that_is_no_table(answering):
    for text in ("?a\t?b\n<x>\t", "<html>", '?a\n"unfinished'):
        graph = kg.open(answering(kind="text/tab-separated-values", text=text))
        with pytest.raises(StoreError, match=r"127\.0\.0\.1"):
            graph.facts()
        graph.store.close()


def test_bolt_spoken_to_a_web_server(fuseki_url, tmp_path):
    address = fuseki_url.replace("http", "bolt").removesuffix("/kg/sparql")
    failed(command("facts", "--kg", address, cwd=tmp_path, timeout=90), re.escape(address), "does not answer")
