"""The SPARQL 1.1 Protocol and the Graph Store Protocol over HTTP, with this project's errors."""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from kg import limits
from kg.errors import KGError, QueryError, StoreBusy, StoreError, UsageError
from kg.shapes.rdf import PREFIXES, graph
from kg.stores.address import Credentials, credentials, parsed, without_user
from kg.stores.base import Answer
from kg.stores.guard import SPARQL_HINT
from kg.stores.lease import ENDED_WRITING
from kg.stores.oxigraph import plain
from kg.stores.terms import literal_value
from kg.tokens import SPARQL

if TYPE_CHECKING:
    import httpx

_TABLE, _TRIPLES = "application/sparql-results+json", "application/n-triples"
_TSV = "text/tab-separated-values"
#: Seconds to connect, and to wait for the next bytes of an answer.
_CONNECT, _WAIT = 10.0, 300.0
#: Too many requests, unavailable, no answer in time from behind.
_BUSY = (429, 503, 504)
_OPTIONS = ("update", "data", "graph")
_UPDATES, _DATA = "updates", "triples"
_OF_QUERIES = "the address is that of queries, e.g. http://localhost:3030/kg/sparql"
#: What those servers say that answer an update with a page: older Fusekis, Blazegraph.
_DONE = re.compile(r"success|succeeded|\bCOMMIT\b", re.IGNORECASE)


class Endpoint:
    """One graph of an endpoint, by the address of its queries: ``http://host/kg/sparql``.

    The addresses of updates and of the Graph Store Protocol are tried out, or given in the address: ``?update=...&data=...``;
    ``&graph=...`` names another graph than this project's own.

    :raises UsageError: if the address is none.
    """

    def __init__(self, url: str) -> None:
        parts = parsed(url)
        given = parse_qs(parts.query)
        if unknown := sorted(set(given) - {*_OPTIONS}):
            raise UsageError(f"{unknown[0]!r} is no part of an endpoint's address", hint=f"known: {', '.join(_OPTIONS)}")
        self.url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self.graph = given.get("graph", [graph()])[0]
        #: The same as far as it says whose facts are meant.
        self.address = f"{self.url}?graph={self.graph}" if self.graph != graph() else self.url
        self._host = parts.hostname or ""
        self._update, self._data = (given.get(name, [None])[0] for name in ("update", "data"))
        #: Whether we have the right to write, so that a failure may come in the middle of a change.
        self.writing = False
        if not re.fullmatch(r"[^\x00-\x20<>\"{}|^`\\]+", self.graph):
            raise UsageError(f"{self.graph!r} is no IRI of a graph")

    @cached_property
    def _known(self) -> Credentials | None:
        return credentials(self._host)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        known = self._known
        allowed = limits.seconds()
        headers = {"User-Agent": "diplomacy-kg"}
        if allowed is not None:
            # For servers that heed it. A parameter of the address others take for milliseconds, or for leave to answer in part.
            headers["Timeout"] = f"{allowed:g}"
        client = httpx.Client(
            auth=known and (known.user, known.password), timeout=httpx.Timeout(allowed or _WAIT, connect=_CONNECT),
            follow_redirects=True, headers=headers,
        )  # fmt: skip
        self._closing = weakref.finalize(self, client.close)
        return client

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        if "_client" in self.__dict__:
            self._closing()
            del self.__dict__["_client"]

    @cached_property
    def update_url(self) -> str:
        """Where updates go: the first address that takes an empty one.

        :raises StoreError: if none does.
        """
        parent = self.url.rpartition("/")[0]
        guesses = [self._update] if self._update else [f"{parent}/update", self.url, f"{self.url}/statements"]
        refused = None
        for guess in guesses:
            answer = self._post(guess, {"update": "INSERT DATA {}"}, _TABLE)
            if _taken(answer):
                return guess
            if self._update or answer.status_code in (401, 403, *_BUSY):
                refused = refused or answer
        if refused is not None:
            raise self._refusal(refused, to=_UPDATES)
        raise StoreError(
            f"{self.url} takes no updates (tried {', '.join(guesses)})",
            hint="is it read-only? name another address: --kg 'http://host/kg/sparql?update=http://host/kg/update'",
        )

    @cached_property
    def data_url(self) -> str | None:
        """Where whole graphs are added to (Graph Store Protocol), if that is known or can be found."""
        if self._data:
            return self._data
        parent = self.url.rpartition("/")[0]
        for guess in (f"{parent}/data", f"{self.url}/rdf-graphs/service"):
            if _taken(self._send(guess, b"")):
                return guess
        return None

    def stream(self, text: str, width: int) -> Iterator[tuple[str | None, ...]]:
        """The rows of a SELECT of ``width`` columns over all graphs, as they come: IRIs and literals as their texts."""
        form = {"query": text}
        with self._told(), self._client.stream("POST", self.url, data=form, headers={"Accept": _TSV}) as answer:
            if not answer.is_success or not answer.headers.get("content-type", "").startswith(_TSV):
                answer.read()
                raise self._refusal(answer)
            lines = _lines(answer.iter_text())
            for n, line in enumerate(lines):
                terms = line.split("\t")
                if len(terms) != width:
                    raise self._broken_off()
                if n:
                    yield tuple(_text_of(term) for term in terms)

    def ask(self, text: str, *, graphs: bool) -> Answer:
        """The answer to a user's query over this graph, or over those it names; of a CONSTRUCT or DESCRIBE triples.

        :raises QueryError: if the endpoint can't read it.
        """
        sent = with_prefixes(text)
        form = {"query": sent} | ({} if graphs else {"default-graph-uri": self.graph})
        answer = self._post(self.url, form, f"{_TABLE}, {_TRIPLES};q=0.9")
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status_code == 400 and not self._of_updates():
            raise QueryError(f"SPARQL: {_placed(_said(answer), len(sent) - len(text))}", hint=SPARQL_HINT)
        if not answer.is_success or kind not in (_TABLE, _TRIPLES, "application/json"):
            raise self._refusal(answer)
        if kind == _TRIPLES:
            return _triples(answer.text)
        try:
            found = json.loads(answer.text)
        except ValueError:
            raise self._broken_off() from None
        if not isinstance(found, dict) or ("boolean" not in found and "results" not in found):
            raise self._refusal(answer)
        return _rows(found)

    def _broken_off(self) -> StoreError:
        return StoreError(f"{self.url} broke off in its answer", hint="try again; its log says more")

    def update(self, text: str) -> None:
        """One update request."""
        answer = self._post(self.update_url, {"update": text}, _TABLE)
        if not _taken(answer):
            raise self._refusal(answer, to=_UPDATES)

    def add(self, triples: bytes) -> None:
        """Add N-Triples to this graph, in one request."""
        if self.data_url is None:
            self.update(f"INSERT DATA {{ GRAPH <{self.graph}> {{\n{triples.decode()}}} }}")
            return
        answer = self._send(self.data_url, triples)
        if not _taken(answer):
            raise self._refusal(answer, to=_DATA)

    def _send(self, url: str, triples: bytes) -> httpx.Response:
        with self._told():
            return self._client.post(url, params={"graph": self.graph}, content=triples, headers={"Content-Type": _TRIPLES})

    def _post(self, url: str, form: Mapping[str, str], accept: str) -> httpx.Response:
        with self._told():
            return self._client.post(url, data=dict(form), headers={"Accept": accept})

    @contextmanager
    def _told(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.TimeoutException:
            if allowed := limits.seconds():
                raise limits.too_long(allowed) from None
            raise StoreBusy(f"{self.url} did not answer in time", hint="try again when it is less busy") from None
        except httpx.HTTPError as error:
            raise self._failure(error) from None

    def _failure(self, error: httpx.HTTPError) -> StoreError:
        """What it means that there is no answer at all."""
        import httpx

        why = (str(error).splitlines() or [type(error).__name__])[0]
        if "SSL" in why and "CERTIFICATE" not in why.upper():
            return StoreError(
                f"{self.url} does not speak TLS there: {why}",
                hint=f"try http://{self.url.partition('://')[2]}, or its other port",
            )
        broke_off = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError)
        what = "broke off the connection" if broke_off else "does not answer"
        hint = ENDED_WRITING if self.writing else "try again; its log says more" if broke_off else "is the server up?"
        return StoreError(f"{self.url} {what}: {why}", hint=hint)

    def _of_updates(self) -> bool:
        """Whether the address of queries is one that servers give to updates."""
        return self.url.endswith("/update")

    def _refusal(self, answer: httpx.Response, to: str = "") -> KGError:
        """What an answer that is none means.

        :param to: what was sent, if it was no query: it goes to addresses that nobody may have named.
        """
        kind, text, status = answer.headers.get("content-type", ""), _said(answer), answer.status_code
        where = urlunsplit((*urlsplit(str(answer.url))[:3], "", ""))
        if status in (401, 403, *_BUSY) and where not in (self._update, self._data):
            where = self.url
        if status in (401, 403):
            return _refused(where, status, self._known and self._known.user)
        if status in _BUSY:
            if (allowed := limits.seconds()) and "time" in text.lower():
                return limits.too_long(allowed)
            return StoreBusy(f"{where} is busy ({status}): {text}", hint="try again")
        # The text is what Java makes of a file in memory that its disk has no room for, whatever the status.
        if status >= 500 or "unsafe memory access" in text:
            return StoreError(f"{where} failed ({status}): {text}", hint="is its disk full? its log says more")
        if status in (404, 405) or "html" in kind:
            option = {_UPDATES: "update", _DATA: "data"}.get(to)
            what, hint = (
                (f"takes no {to}", f"is ?{option}= an address of the same dataset?")
                if option
                else ("is no SPARQL endpoint", _OF_QUERIES)
            )
            return StoreError(f"{where} {what}: it answers {status} {kind or 'and no text'}", hint=hint)
        hint = _OF_QUERIES if self._of_updates() else "its log says more"
        return StoreError(f"{where} answers {status} {kind}: {text}", hint=hint)


def _refused(where: str, status: int, user: str | None) -> StoreError:
    """What it means that somebody, or nobody, is not let in."""
    hint = "set KG_USER and KG_PASSWORD"
    if user:
        return StoreError(f"{where} refuses user {user} ({status}): wrong user or password, or no right to do this", hint=hint)
    return StoreError(f"{where} refuses us ({status}) without a user: {without_user()}", hint=hint)


def _taken(answer: httpx.Response) -> bool:
    """Whether what was sent is there now; a web site answers with a page whatever one sends."""
    return answer.is_success and ("html" not in answer.headers.get("content-type", "") or bool(_DONE.search(answer.text)))


def with_prefixes(text: str) -> str:
    """The text with the prefixes that every query knows, unless it declares them itself."""
    own = {name.lower() for name in re.findall(r"\bPREFIX\s+([\w-]*):", text, re.IGNORECASE)}
    # In front, without a line of their own, so that places in messages stay those of the user's text.
    return " ".join([*(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items() if name not in own), text])


def from_graph(text: str, graph: str) -> str:
    """The text of a SELECT with ``FROM <graph>`` before the WHERE of the outermost one."""
    depth = 0
    for token in SPARQL.finditer(text):
        if not depth and (token["word"] or "").upper() == "WHERE":
            return f"{text[: token.start()]}FROM <{graph}>\n{text[token.start() :]}"
        depth += (token[0] in ("{", "(")) - (token[0] in ("}", ")"))
    return text


def _said(answer: httpx.Response) -> str:
    """The first lines of what a server says, of a page without its markup: elsewhere <EOF> is no tag."""
    page = "html" in answer.headers.get("content-type", "")
    text = re.sub(r"<[^>]*>|\s+" if page else r"\s+", " ", answer.text).strip()
    return text[:300] or "no reason given"


def _placed(message: str, before: int) -> str:
    """A message about a query with columns of its first line as the user wrote it, without so many characters before it."""
    return re.sub(
        r"(\bline:? 1, col(?:umn)?:? )(\d+)", lambda m: m[1] + str(max(1, int(m[2]) - before)), message, flags=re.IGNORECASE
    )


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines that end with a line feed and nothing else: a literal may hold U+2028 or U+0085."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        yield from (line.removesuffix("\r") for line in whole)
    if rest:
        yield rest


_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def _text_of(term: str) -> str | None:
    """What an IRI or a literal in TSV says, without its datatype or language."""
    if term.startswith("<"):
        return term[1:-1]
    if term.startswith(('"', "'")) and term.rindex(term[0]):
        inside = term[1 : term.rindex(term[0])]
        return _ESCAPE.sub(_unescaped, inside) if "\\" in inside else inside
    return term or None


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else _ESCAPED.get(code, code)


def _triples(text: str) -> Answer:
    import pyoxigraph as ox

    found = ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES)
    return Answer(["subject", "predicate", "object"], [(plain(q.subject), plain(q.predicate), plain(q.object)) for q in found])


def _rows(found: Mapping[str, Any]) -> Answer:
    """An answer as the standard's JSON has it."""
    if "boolean" in found:
        return Answer(["answer"], [(bool(found["boolean"]),)])
    names = found["head"]["vars"]
    return Answer(names, [tuple(_value(row.get(name)) for name in names) for row in found["results"]["bindings"]])


def _value(term: Mapping[str, str] | None) -> Any:
    if term is None:
        return None
    if term["type"] == "uri":
        return term["value"]
    return literal_value(term["value"], term.get("datatype"))
