"""A store in a folder as one file, and back.

The file is a zip of two members: ``kg.duckdb``, the record, and ``backup.json``, which says what it is and has its checksum. The
indexes are not in it: they are built anew. It is written by reading every row, so that a damaged store gives no backup, compared
with what was read, and only then put under its name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from kg import copying
from kg.errors import InputError, StoreError, UsageError
from kg.export import whole
from kg.stores.base import Progress, Store, count
from kg.stores.local import LocalStore
from kg.stores.record import FILE, FORMAT, TABLES

_ABOUT = "backup.json"
_KIND = "diplomacy-kg backup"
_BLOCK = 1 << 20


class Backup(NamedTuple):
    """When a backup was made (UTC), and how many rows each table of the record has in it."""

    made: str
    tables: dict[str, int]


def write(store: Store, path: Path, progress: Progress | None = None) -> Backup:
    """Write all of a store into a file; an older backup of that name stays whole if that fails.

    The record is held as by any other reader: others read meanwhile, who writes waits.

    :raises UsageError: if the store is a server's.
    :raises StoreError: if the file can't be written, or would replace something else than a backup.
    """
    source = _in_a_folder(store, "backup")
    source.close()  # so that every row is read from the disk
    if path.exists() and not _replaceable(path):
        raise StoreError(
            f"{path} is there and is no backup, and is not overwritten", hint="name another file, or delete that one"
        )
    with _explained(path), tempfile.TemporaryDirectory(prefix=".kg-backup-", dir=path.absolute().parent) as work:
        copied = LocalStore(Path(work) / "copy.kg")
        found = copying.copy(source, copied, progress)
        record = copied.record.path
        made = Backup(dt.datetime.now(dt.UTC).isoformat(" ", "seconds"), {table: rows for table, (rows, _) in found.items()})
        about = {"kind": _KIND, "format": FORMAT, "sha256": _sha256(record), "bytes": record.stat().st_size, **made._asdict()}
        if progress:
            progress(f"writing {path}", 0, 0)
        with whole(path) as unfinished:
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
                file.writestr(_ABOUT, json.dumps(about, indent=1))
                file.write(record, FILE)
            _keep(unfinished)
    return made


def _replaceable(path: Path) -> bool:
    """Whether a file is a backup, of whatever format, or has nothing in it."""
    if not path.is_file() or path.stat().st_size == 0:
        return path.is_file()
    try:
        with zipfile.ZipFile(path) as file:
            about = json.loads(file.read(_ABOUT))
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False
    return isinstance(about, dict) and about.get("kind") == _KIND


def restore(path: Path, store: Store, progress: Progress | None = None) -> Backup:
    """Make a store from a backup. It is put together beside its place, compared, and only then put there.

    :raises UsageError: if the store is a server's.
    :raises InputError: if the file is no backup, is not as it was written, or is of another format.
    :raises StoreError: if there is something in the store's place, or it can't be written.
    """
    place = _in_a_folder(store, "restore").path.absolute()
    if place.exists() and any(place.iterdir()):
        raise StoreError(f"{place} has something in it, and nothing is overwritten", hint="name a new folder: --kg restored.kg")
    with _explained(place), _opened(path) as (file, about):
        place.parent.mkdir(parents=True, exist_ok=True)
        if progress:
            progress(f"restoring {place}", 0, 0)
        with whole(place) as unfinished:
            unfinished.mkdir()
            _unpack(file, about, path, unfinished / FILE)
            found = Backup(about["made"], _counts(LocalStore(unfinished)))
            if found.tables != about["tables"]:
                raise _refused(path, f"it should have {about['tables']}, and has {found.tables}")
            with suppress(OSError):  # only where it is empty; where something has come into it meanwhile that stays
                place.rmdir()
    return found


def _in_a_folder(store: Store, what: str) -> LocalStore:
    if isinstance(store, LocalStore):
        return store
    hint = {
        "backup": f"take the server's own dump, or: kg copy {store} copy.kg, then kg backup FILE --kg copy.kg",
        "restore": f"restore into a folder, then: kg copy that.kg {store}",
    }[what]
    raise UsageError(f"{store} is a server, and kg {what} is for a store in a folder", hint=hint)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """A backup, and what it says of itself."""
    try:
        file = zipfile.ZipFile(path)
    except OSError as error:
        raise InputError(f"can't open {path}: {error.strerror or error}", hint="kg restore FILE --kg NEW-FOLDER") from None
    except zipfile.BadZipFile:
        raise _refused(path, "it is no backup, or its end is missing") from None
    with file:
        try:
            about = json.loads(file.read(_ABOUT))
        except (KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise _refused(path, f"it is no backup: {error}") from None
        if not isinstance(about, dict) or about.get("kind") != _KIND:
            raise _refused(path, "it is no backup")
        if about.get("format") != FORMAT:
            raise InputError(
                f"{path} has a store of format {about.get('format')}, this version reads format {FORMAT}",
                hint="restore it with the version that made it, or load the files anew",
            )
        yield file, about


def _unpack(file: zipfile.ZipFile, about: dict[str, Any], path: Path, target: Path) -> None:
    """Write the record, and compare it with its checksum; it can't become longer than it says."""
    digest = hashlib.sha256()
    try:
        with file.open(FILE) as packed, target.open("wb") as out:
            while block := packed.read(_BLOCK):
                digest.update(block)
                out.write(block)
                if out.tell() > about["bytes"]:
                    break
    except (KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _refused(path, str(error)) from None
    if digest.hexdigest() != about.get("sha256"):
        raise _refused(path, "its checksum is another")
    _keep(target)


def _refused(path: Path, why: str) -> InputError:
    return InputError(f"{path} is not as kg backup has written it: {why}", hint="take another backup; nothing was restored")


def _counts(store: LocalStore) -> dict[str, int]:
    with store.reading() as con:
        return {table: count(con, f"kg.{table}") for table in TABLES}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep(path: Path) -> None:
    """Have a file on disk, not only on its way there, before it gets the name that counts."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "make the folder first" if isinstance(error, FileNotFoundError) else "is the disk full?"
        raise StoreError(f"can't write {path}: {error.strerror or error}", hint=hint) from None
