"""The pipeline: open -> recognise -> stage -> merge, a transaction a file; and what it reports."""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from kg import staging
from kg.actors import Resolver
from kg.dates import Order
from kg.errors import InputError, RejectedRows, StoreError, UsageError
from kg.readers.files import Given, Source, is_archive, open_source, take
from kg.recognise import recognise
from kg.staging import Rejected, Staged
from kg.stores.base import Progress, Store
from kg.stores.merge import Counts
from kg.stores.record import room


@dataclass(frozen=True)
class Options:
    """How files are to be read.

    ``loader`` is a name or an ``.sql`` file; ``columns`` the file's column for a loader's; ``dataset`` who says so; ``order`` of
    dates like 03/04/2009; ``limit`` the bytes a compressed file may expand to; ``dry_run`` loads into a copy, so that the counts
    are the real ones.
    """

    loader: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    dataset: str | None = None
    encoding: str | None = None
    order: Order | None = None
    limit: int | None = None
    strict: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class FileReport:
    """What came of one file or member of an archive: ``counts``, or the ``error`` that kept it out; neither if it is empty."""

    file: str
    counts: Counts | None = None
    staged: Staged | None = None
    error: InputError | None = None


@dataclass(frozen=True)
class LoadReport:
    """What came of all files asked for."""

    asked: int
    files: tuple[FileReport, ...]

    def total(self, what: str) -> int:
        """The sum of one of `Counts`' numbers over all files."""
        return sum(getattr(f.counts, what) for f in self.files if f.counts)

    def sum_of(self, counter: str) -> Counter[str]:
        """One of `Staged`'s counters over all files."""
        found: Counter[str] = Counter()
        for file in self.files:
            if file.staged:
                found.update(getattr(file.staged, counter))
        return found

    @property
    def failed(self) -> list[FileReport]:
        """Files that could not be read; nothing of them was stored."""
        return [f for f in self.files if f.error]

    @property
    def empty(self) -> list[FileReport]:
        """Files without a row."""
        return [f for f in self.files if not f.error and not (f.counts and f.counts.rows)]

    def rejects(self) -> Iterator[tuple[str, Rejected]]:
        """Rejected rows with the file each is from."""
        for file in self.files:
            for row in file.staged.rejected if file.staged else ():
                yield file.file, row


def load(
    store: Store, files: Sequence[str | os.PathLike[str]], options: Options | None = None, progress: Progress | None = None
) -> LoadReport:
    """Load files, each in a transaction of its own; a file that can't be read changes nothing and stops no other.

    :raises RejectedRows: with ``strict``, at the first file with rows that can't be read.
    :raises StoreError: if the store can't take them.
    :raises UsageError: if there is no file, or an option can't be.
    """
    options = options or Options()
    if not files:
        raise UsageError("no file given", hint="kg load FILE...")
    given = [os.fspath(f) for f in files]
    if options.dry_run:
        with _workspace() as scratch:
            return load(store.rehearsal(scratch / "store"), files, replace(options, dry_run=False), progress)
    if not options.strict:
        return _load_each(store, given, options, progress)
    with _workspace() as kept:
        taken = [take(file, kept) for file in given]  # once, as they may be read twice
        if len(taken) > 1 or is_archive(taken[0].path):
            _rehearse(store, taken, options, progress)
        return _load_each(store, taken, options, progress)


def _rehearse(store: Store, files: Sequence[Given], options: Options, progress: Progress | None) -> None:
    """All or nothing, over all files: load them into a copy, and raise if anything is rejected."""
    with _workspace() as scratch:
        rehearsed = _load_each(store.rehearsal(scratch / "store"), files, replace(options, strict=False), progress)
    if failed := rehearsed.failed:
        raise failed[0].error or InputError(failed[0].file)
    if rejected := [*rehearsed.rejects()]:
        raise _strictly(rejected)


def _load_each(store: Store, files: Sequence[str | Given], options: Options, progress: Progress | None) -> LoadReport:
    reports: list[FileReport] = []
    names = cache(store.resolver)
    for file in files:
        with _workspace() as work:
            try:
                for source in open_source(file, work, options.encoding, options.limit):
                    if isinstance(source, Source):
                        reports.append(_load_one(store, source, work, options, progress, names))
                    else:
                        reports.append(FileReport(source[0], error=source[1]))
            except RejectedRows:
                raise
            except InputError as error:
                reports.append(FileReport(file if isinstance(file, str) else file.name, error=error))
    return LoadReport(len(files), tuple(reports))


def _load_one(
    store: Store, source: Source, work: Path, options: Options, progress: Progress | None, names: Callable[[], Resolver]
) -> FileReport:
    con = staging.connect(work, store.memory)
    try:
        with room():
            if (options.loader or "").endswith(".sql"):
                staging.confine(con, [source.path], [work, *store.folders()])
            reading = recognise(source, con, options.loader, options.columns)
            if reading is None:
                return FileReport(source.name)
            if of := reading.loader.header.get("witnesses"):
                store.known_records(con, of)
            staged = staging.stage(con, source, reading, options.dataset, options.order, progress, names())
            if options.strict and staged.rejected:
                raise _strictly([(source.name, row) for row in staged.rejected])
            if progress:
                progress(f"storing {source.name}", 0, 0)
            return FileReport(source.name, store.add(con, staged, progress), staged)
    except InputError as error:
        if isinstance(error, RejectedRows):
            raise
        return FileReport(source.name, error=error)
    finally:
        con.close()


def _strictly(rejected: Sequence[tuple[str, Rejected]]) -> RejectedRows:
    file, first = rejected[0]
    return RejectedRows(
        f"{len(rejected)} row{'' if len(rejected) == 1 else 's'} can't be read, so nothing was stored; "
        f"the first is row {first.row} of {file}: {first.reason}",
        hint="mend the file, or load without --strict to take the other rows",
        rows=rejected,
    )


@contextmanager
def _workspace() -> Iterator[Path]:
    """A folder for what a load unpacks, rewrites and spills; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kg-load-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def check_writable(path: Path) -> None:
    """Make sure, before a load, that its rejects can be written.

    :raises StoreError: if they can't.
    """
    try:
        path.open("a").close()
    except OSError as error:
        raise StoreError(f"can't write {path}: {error.strerror or error}", hint="nothing was loaded") from None


def write_rejects(rejected: Iterable[tuple[str, Rejected]], path: Path) -> int:
    """Write rejected rows, each with its file's name, as CSV with columns file, row, reason, raw; returns how many there are."""
    rows = [(name, r.row, r.reason, r.raw) for name, r in rejected]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "row", "reason", "raw"))
        writer.writerows(rows)
    return len(rows)
