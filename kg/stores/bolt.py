"""Neo4j's driver with this project's errors: every failure is one line that says which server and what to do."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from kg import limits
from kg.errors import KGError, QueryError, StoreBusy, StoreError
from kg.stores.address import Credentials, without_user
from kg.stores.lease import ENDED_WRITING

if TYPE_CHECKING:
    import neo4j

#: A statement and its parameters.
Statement = tuple[str, dict[str, Any]]

_FETCH = 5_000
_CREDENTIALS = "set KG_USER and KG_PASSWORD"


class Bolt:
    """Sessions with one database of a server."""

    def __init__(self, server: str, address: str, database: str | None, known: Credentials | None) -> None:
        self._server, self._address, self._database, self._known = server, address, database, known
        #: Whether we have the right to write, so that a failure may come in the middle of a change.
        self.writing = False

    @cached_property
    def _driver(self) -> neo4j.Driver:
        import neo4j.exceptions as failed

        with self._explained():
            try:
                driver = self._connected(self._server)
            except failed.ServiceUnavailable as error:
                scheme, _, rest = self._server.partition("://")
                if "routing" not in str(error) or not scheme.startswith("neo4j"):
                    raise
                # That nobody says who does what in a cluster hides why; a connection to the one server named tells.
                self._connected(f"{scheme.replace('neo4j', 'bolt')}://{rest}").close()
                raise
        # Whoever forgets to close a graph leaves no connection behind.
        self._closing = weakref.finalize(self, driver.close)
        return driver

    def _connected(self, server: str) -> neo4j.Driver:
        """A driver that has reached the server: one that is down is not asked again and again."""
        import neo4j

        driver = neo4j.GraphDatabase.driver(
            server,
            auth=self._known and (self._known.user, self._known.password),
            connection_timeout=10,
            max_transaction_retry_time=30,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            user_agent="diplomacy-kg",
        )
        try:
            driver.verify_connectivity()
        except BaseException:
            driver.close()
            raise
        return driver

    def close(self) -> None:
        """Close the connection; the next statement opens it again."""
        if "_driver" in self.__dict__:
            self._closing()
            del self.__dict__["_driver"]

    def stream(self, text: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of a reading statement as they come; dates are Python's."""
        import neo4j

        with self._explained(), self._session("READ") as session:
            for record in session.run(neo4j.Query(cast(Any, text), timeout=limits.seconds()), dict(values)):
                yield tuple(_native(v) for v in record.values())

    def one(self, text: str) -> tuple[Any, ...]:
        """The one row of a reading statement."""
        return next(self.stream(text, {}))

    def ask(self, text: str, values: Mapping[str, object]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of a user's question; the server refuses it if it writes.

        :raises QueryError: if it is wrong or writes.
        """

        import neo4j

        @neo4j.unit_of_work(timeout=limits.seconds())
        def asked(tx: neo4j.ManagedTransaction) -> tuple[list[str], list[tuple[Any, ...]]]:
            result = tx.run(cast(Any, text), dict(values))
            return list(result.keys()), [tuple(record.values()) for record in result]

        with self._explained(text), self._session("READ") as session:
            return session.execute_read(asked)

    def write(
        self, statements: Sequence[Statement], still: tuple[str, dict[str, Any], Exception] | None = None
    ) -> list[tuple[Any, ...]]:
        """Statements in one transaction, tried again where the server says that it is worth it; the rows of the last.

        :param still: a statement that must give a row for the others to count, and what to raise if it does not.
        """

        def written(tx: neo4j.ManagedTransaction) -> list[tuple[Any, ...]]:
            if still and tx.run(cast(Any, still[0]), still[1]).single() is None:
                raise still[2]
            rows: list[tuple[Any, ...]] = []
            for text, values in statements:
                rows = [tuple(record.values()) for record in tx.run(cast(Any, text), values)]
            return rows

        with self._explained(), self._session("WRITE") as session:
            return session.execute_write(written)

    def define(self, text: str) -> None:
        """A statement that changes the schema, or waits for it."""
        with self._explained(), self._session("WRITE") as session:
            session.run(cast(Any, text)).consume()

    def _session(self, access: str) -> neo4j.Session:
        return self._driver.session(database=self._database, default_access_mode=access, fetch_size=_FETCH)

    @contextmanager
    def _explained(self, query: str | None = None) -> Iterator[None]:
        import neo4j.exceptions as failed

        try:
            yield
        except (failed.Neo4jError, failed.DriverError) as error:
            told = self._told(error, query)
            if isinstance(error, failed.ServiceUnavailable | failed.SessionExpired):
                if "routing" in str(error) and self._can_be_read():
                    told = StoreError(
                        f"{self._address} can't be written: no server of it takes writes",
                        hint="is the database read-only, or its cluster without a leader?",
                    )
                self.close()  # so that whoever tries again finds out at once
            raise told from None
        except (OSError, ValueError) as error:  # what the driver lets through: names that don't resolve, values it can't send
            if isinstance(error, KGError):
                raise
            raise StoreError(f"{self._address}: {_first_line(error)}") from None

    def _can_be_read(self) -> bool:
        import neo4j.exceptions as failed

        if "_driver" not in self.__dict__:
            return False
        try:
            self._driver.verify_connectivity()
        except (failed.Neo4jError, failed.DriverError, KGError):
            return False
        return True

    def _told(self, error: Exception, query: str | None) -> KGError:
        """What a failure means, in one line."""
        import neo4j.exceptions as failed

        if isinstance(error.__cause__, ExceptionGroup):  # why every server of a cluster refused; what the first says is telling
            said = [e for e in error.__cause__.exceptions if isinstance(e, failed.Neo4jError)]
            if said:
                return self._told(said[0], query)
        code = getattr(error, "code", None) or ""
        text = _first_line(error.message if isinstance(error, failed.Neo4jError) and error.message else error)
        if code.endswith(("AuthenticationRateLimit", "CredentialsExpired")):
            return StoreError(f"{self._address} lets nobody in for now: {text}", hint="wait, or set a new password there")
        if isinstance(error, failed.AuthError | failed.Forbidden) and "Security" in code and not code.endswith("Forbidden"):
            who = f"user {self._known.user}: wrong user or password" if self._known else f"us without a user: {without_user()}"
            return StoreError(f"{self._address} refuses {who}", hint=_CREDENTIALS)
        if code.endswith(("DatabaseNotFound", "DatabaseUnavailable")):
            return StoreError(
                f"{self._address}: the server has no such database, or it is not up",
                hint="the database is the part of the address after the port; SHOW DATABASES lists them",
            )
        if "TransactionTimedOut" in code and (allowed := limits.seconds()):
            return limits.too_long(allowed)
        if code.endswith("AccessMode"):
            return QueryError("the query writes, and queries don't", hint="facts come in by kg load and go by kg retract")
        if query is not None and isinstance(error, failed.ClientError):
            whole = error.message or str(error)
            return QueryError(f"Cypher: {whole.strip()}", hint="a query that works: kg ask facts-at --show cypher")
        if "ReadOnly" in code or code.endswith("Forbidden") or "ForbiddenOnReadOnlyDatabase" in code:
            return StoreError(f"{self._address} can't be written: {text}", hint="name a user or a database that may write")
        if "ReadOnly" in text or "read-only" in text.lower() or "read only" in text.lower():
            return StoreError(f"{self._address} can't be written: {text}", hint="name a database that is not read-only")
        if "MemoryPool" in code or "OutOfMemory" in code:
            return StoreError(
                f"{self._address} has not enough memory: {text}", hint="raise dbms.memory.transaction.total.max there"
            )
        if isinstance(error, failed.ServiceUnavailable | failed.SessionExpired):
            return self._gone(text)
        if isinstance(error, failed.TransientError):
            return StoreBusy(f"{self._address} is busy: {text}", hint="try again")
        hint = "is its disk full? its log says more" if "Could not append transaction" in text else "its log says more"
        return StoreError(f"{self._address}: {text}", hint=hint)

    def _gone(self, text: str) -> StoreError:
        """What it means that there is no connection, or none any more."""
        what = "broke off the connection" if "defunct" in text else "does not answer"
        if self.writing:
            hint = ENDED_WRITING
        elif "+" in self._server.partition("://")[0]:
            plain = self._server.partition("+")[0]
            hint = f"is the server up, and does it speak TLS? try {plain}://, or {plain}+ssc:// for a certificate of its own"
        else:
            hint = "is the server up, and the port that of Bolt (7687)?"
        return StoreError(f"{self._address} {what}: {text}", hint=hint)


def _first_line(error: object) -> str:
    first, *more = str(error).strip().splitlines() or ["no reason given"]
    return " ".join([first, *more[:1]]) if first.endswith(":") else first  # why stands on the next line then


def _native(value: Any) -> Any:
    """The driver's times as Python's."""
    return value.to_native() if hasattr(value, "to_native") else value


def plain(value: Any) -> Any:
    """What a question may give, as plain values: see `kg.stores.base.Answer`."""
    import neo4j
    import neo4j.graph
    import neo4j.spatial
    import neo4j.time

    if isinstance(value, neo4j.graph.Node):
        return {"id": value.get("id"), "labels": sorted(value.labels), "properties": plain(dict(value))}
    if isinstance(value, neo4j.graph.Relationship):
        return {"id": value.get("id"), "type": value.type, "properties": plain(dict(value))}
    if isinstance(value, neo4j.graph.Path):
        return {"nodes": plain(list(value.nodes)), "relationships": plain(list(value.relationships))}
    if isinstance(value, neo4j.time.Duration):
        return value.iso_format()
    if isinstance(value, neo4j.spatial.Point):
        return list(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    found = _native(value)
    return found if not isinstance(found, dt.time) else found.isoformat()
