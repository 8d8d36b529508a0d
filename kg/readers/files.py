"""A file as given to a plain UTF-8 file that DuckDB can read, with what one pass over it shows.

Gzip and zip are unpacked into the working folder as streams, up to a limit; other encodings are rewritten as UTF-8;
spreadsheets, graphs and RDF become Parquet. Nothing is ever written outside the working folder, whatever a member of an
archive is called.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from kg.errors import InputError, UsageError
from kg.loaders import encoding_of
from kg.readers import foreign, sheets, structured, wikidata

_CHUNK = 1 << 20
# What gzip files begin with, zip files that have members (workbooks are such), and those that have none.
_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
#: Names of files that may hold Wikidata's statements; N-Triples are Turtle.
_TURTLE = (".ttl", ".nt")
#: An archive with more members is refused.
MAX_MEMBERS = 10_000
#: Bytes a compressed file or a member may expand to, unless the caller says otherwise.
MAX_EXPANDED = 16 << 30


@dataclass(frozen=True)
class Source:
    """A file made ready for reading. ``name`` is what the user knows it by (``a.zip/b.csv``), ``path`` a UTF-8 file."""

    name: str
    path: Path
    kind: str  # text, json or parquet
    sha256: str
    size: int
    lines: int
    has_quotes: bool
    has_returns: bool = False

    @property
    def stem(self) -> str:
        """The dataset's default name: the file's name up to its first dot."""
        return PurePosixPath(self.name).name.split(".")[0] or "data"


@dataclass(frozen=True)
class Given:
    """What the user gave: ``name`` is how it is told of, ``path`` where its bytes are, which can be read more than once."""

    name: str
    path: Path


def take(given: str, work: Path) -> Given:
    """What is given to be read. A stream (``-``, a pipe, a device) gives its bytes once, so it is copied into ``work``.

    :raises InputError: if a stream can't be opened.
    """
    # A name is stored and shown, and bytes that are not UTF-8 can be neither.
    name, path = os.fsencode(given).decode("utf-8", "backslashreplace"), Path(given)
    copied = work / f"taken-{len(list(work.iterdir()))}"
    if given == "-":
        with copied.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy, _CHUNK)
        return Given("stdin", copied)
    if not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path):
        return Given(name, path)
    with _opened(path) as stream, copied.open("wb") as copy:
        shutil.copyfileobj(stream, copy, _CHUNK)
    return Given(name, copied)


def open_source(
    given: str | Given, work: Path, encoding: str | None = None, limit: int | None = None
) -> Iterator[Source | tuple[str, InputError]]:
    """The file, or each member of the archive, ready to be read; ``-`` is standard input.

    :param work: an empty folder that outlives the reading.
    :param limit: most bytes that a compressed file may expand to; `MAX_EXPANDED` by default.
    :return: of what can't be decoded the name and the error, so that one bad member keeps no other out.
    :raises InputError: if it can't be opened or unpacked.
    :raises UsageError: if the limit leaves no room for a byte, or there is no such encoding.
    """
    most = MAX_EXPANDED if limit is None else limit
    if most < 1:
        raise UsageError(f"--max-expanded is {most} bytes, which no file fits into", hint="e.g. 500M or 2G")
    if encoding is not None:
        _check_encoding(encoding)
    taken = given if isinstance(given, Given) else take(given, work)
    for label, plain in _unpacked(taken.name, _checked(taken.path), work, most):
        try:
            ready: Source | tuple[str, InputError] = _ready(label, plain, work, encoding, most)
        except InputError as error:
            ready = label, error
        yield ready


def is_archive(path: Path) -> bool:
    """Whether a file holds several, as a zip does that is no workbook; what can't be opened holds none."""
    try:
        with path.open("rb") as file:
            return file.read(4) == _ZIP and not _is_workbook(path)
    except OSError:
        return False


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)  # Python has codecs that are no encodings of text as well: rot13, base64
    except LookupError:
        raise UsageError(f"there is no text encoding {name!r}", hint="e.g. utf-8, cp1252, latin-1, utf-16") from None
    except UnicodeError as error:
        raise UsageError(f"{name!r} encodes no text: {error}", hint="e.g. utf-8, cp1252, latin-1, utf-16") from None


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"can't open {path}: {error.strerror or error}", hint="check the name and the permissions") from None


def _checked(path: Path) -> Path:
    if path.is_dir():
        raise InputError(f"{path} is a folder", hint="give the files in it, e.g. folder/*.csv")
    try:
        with _opened(path) as file:
            file.read(1)
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}", hint="check the disk it is on") from None
    return path


def _unpacked(name: str, path: Path, work: Path, limit: int) -> Iterator[tuple[str, Path]]:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(_GZIP):
        plain = work / f"unpacked-{len(list(work.iterdir()))}"
        try:
            with gzip.open(path) as packed:
                _copy(packed, plain, name, limit)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{name} is a damaged gzip file: {error}") from None
        yield name.removesuffix(".gz"), plain
    elif magic in (_ZIP, _EMPTY_ZIP):
        yield from _members(name, path, work, limit)
    elif Path(name).suffix.lower() == ".zip":
        raise InputError(f"{name} is not a zip archive", hint="an error page saved under that name? look into it")
    elif Path(name).suffix.lower() == ".gz":
        raise InputError(f"{name} is not a gzip file", hint="an error page saved under that name? look into it")
    else:
        yield name, path


def _members(name: str, path: Path, work: Path, limit: int) -> Iterator[tuple[str, Path]]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise InputError(f"{name} is not a whole zip archive: {error}") from None
    with archive:
        if "xl/workbook.xml" in archive.namelist():
            yield name, path
            return
        members = [m for m in archive.infolist() if not m.is_dir() and not _left_by_a_mac(m.filename)]
        if len(members) > MAX_MEMBERS:
            raise InputError(f"{name} has {len(members)} members; at most {MAX_MEMBERS} are read")
        unsafe = [m.filename for m in members if _unsafe(m)]
        if unsafe:
            raise InputError(f"{name} has members that point outside of it: {', '.join(unsafe)}", hint="nothing was read")
        for member in members:
            plain = work / f"unpacked-{len(list(work.iterdir()))}"
            try:
                with archive.open(member) as packed:
                    _copy(packed, plain, f"{name}/{member.filename}", limit)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
                raise InputError(f"can't unpack {name}/{member.filename}: {error}") from None
            yield f"{name}/{member.filename}", plain


def _left_by_a_mac(name: str) -> bool:
    """Whether a member is what macOS puts beside the files that were meant: icons, attributes, places of windows."""
    parts = PurePosixPath(name).parts
    return bool(parts) and (parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] == ".DS_Store")


def _unsafe(member: zipfile.ZipInfo) -> bool:
    """An absolute name, one with ``..``, a drive letter, or a symbolic link (Unix mode 0o12)."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    linked = (member.external_attr >> 28) == 0o12
    return linked or ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]


def _copy(packed: IO[bytes] | gzip.GzipFile, plain: Path, name: str, limit: int) -> None:
    written = 0
    with plain.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise _too_large(name, limit)
            file.write(chunk)


def _ready(name: str, path: Path, work: Path, encoding: str | None, limit: int) -> Source:
    path = _plainly_named(path, work)
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] == b"PAR1":
        return _inspect(Source(name, path, "parquet", "", 0, 0, False), decode=False)
    if head.startswith(_GZIP) or (head.startswith(_ZIP) and not _is_workbook(path)):
        raise InputError(f"{name} is an archive in an archive", hint="unpack it first")
    foreign.refuse(name, head)
    if head.startswith(_ZIP):
        _check_workbook(name, path, limit)
        source = _inspect(Source(name, path, "parquet", "", 0, 0, False), decode=False)
        sheet = sheets.first_sheet(name, path, work)
        return replace(source, path=sheet) if sheet else replace(source, kind="text", path=_empty(work))
    if table := structured.as_table(name, path, head, work):
        return replace(_inspect(Source(name, path, "parquet", "", 0, 0, False), decode=False), path=table)
    source = Source(name, path, "text", "", 0, 0, False)
    declared = encoding or _marked(head)
    if declared and codecs.lookup(declared).name != "utf-8":
        source = replace(source, path=_rewritten(source, work, declared))
    if head.count(b"\0") * 10 > len(head) and not declared:
        raise InputError(f"{name} is not plain text: it has NUL bytes", hint="text in UTF-16? say --encoding utf-16-le")
    try:
        source = _inspect(source, decode=True)
    except InputError:
        told = None if declared else encoding_of(head)
        if told is None:
            raise
        source = _inspect(replace(source, path=_rewritten(source, work, told)), decode=True)
    if PurePosixPath(name).suffix.lower() in _TURTLE and (rows := wikidata.statements(name, source.path, work)):
        return replace(source, kind="parquet", path=rows)
    if source.has_returns:
        source = _with_newlines(source, work)
    return replace(source, kind="json") if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else source


def _plainly_named(path: Path, work: Path) -> Path:
    """The file under a name that DuckDB can open: brackets and stars it takes for a pattern and then reads other files, and
    bytes that are not UTF-8, which Python has as surrogates, it refuses."""
    if not any(c in "*?[]{}\\" or "\ud800" <= c <= "\udfff" for c in str(path)):
        return path
    plain = work / f"named-{len(list(work.iterdir()))}"
    try:
        plain.symlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, plain)
    return plain


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _check_workbook(name: str, path: Path, limit: int) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(m.file_size for m in archive.infolist()) > limit:
            raise _too_large(name, limit)
        sheets.check_parts(name, archive)


def _too_large(name: str, limit: int) -> InputError:
    return InputError(f"{name} expands to more than {limit} bytes", hint="raise the limit with --max-expanded if you trust it")


def _marked(head: bytes) -> str | None:
    """The encoding that a byte order mark tells."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else None


def _rewritten(source: Source, work: Path, encoding: str) -> Path:
    plain = work / f"utf8-{len(list(work.iterdir()))}"
    try:
        with source.path.open(encoding=encoding, newline="") as old, plain.open("w", encoding="utf-8", newline="") as new:
            shutil.copyfileobj(old, new, _CHUNK)
    except UnicodeError as error:
        raise InputError(f"{source.name} is not {encoding}: {error}", hint="name its encoding with --encoding") from None
    return plain


def _inspect(source: Source, *, decode: bool) -> Source:
    """Size, checksum, number of lines and whether there are quotes, in one pass; says where a text is not UTF-8."""
    digest, size, lines, quotes, returns, last = hashlib.sha256(), 0, 0, False, False, b"\n"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.path.open("rb") as file, ThreadPoolExecutor(1) as beside:
        while chunk := file.read(_CHUNK):
            digesting = beside.submit(digest.update, chunk)  # as long as all the rest together
            lines += chunk.count(b"\n")
            quotes = quotes or b'"' in chunk
            returns = returns or b"\r" in chunk
            if decode:
                pending = len(decoder.getstate()[0])
                try:
                    if pending or not chunk.isascii():
                        decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    _not_utf8(source.name, size - pending + error.start, error)
            size, last = size + len(chunk), chunk[-1:]
            digesting.result()
    try:
        if decode:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        _not_utf8(source.name, size - len(error.object) + error.start, error)
    lines += size > 0 and last != b"\n"
    return replace(source, sha256=digest.hexdigest(), size=size, lines=lines, has_quotes=quotes, has_returns=returns)


def _with_newlines(source: Source, work: Path) -> Source:
    """The same text with ``\\n`` for every line end: DuckDB counts bytes wrongly at ``\\r\\n`` and refuses mixed ones."""
    plain = work / f"newlines-{len(list(work.iterdir()))}"
    lines, carried = 0, b""
    with source.path.open("rb") as old, plain.open("wb") as new:
        while chunk := old.read(_CHUNK):
            chunk = carried + chunk
            carried = b"\r" if chunk.endswith(b"\r") else b""
            chunk = chunk.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            lines += chunk.count(b"\n")
            new.write(chunk)
        if carried:
            new.write(b"\n")
            lines += 1
    # A last line without an end counts as a line; one that ended with a return has just got its end.
    unended = not carried and source.size > 0 and not _ends_with_newline(plain)
    return replace(source, path=plain, lines=lines + unended, has_returns=False)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def _not_utf8(name: str, offset: int, error: UnicodeDecodeError) -> None:
    if b"\0" in error.object:
        raise InputError(f"{name} is not a text file", hint="text in UTF-16? say --encoding utf-16-le") from None
    byte = error.object[error.start]
    raise InputError(
        f"{name} is not UTF-8: byte 0x{byte:02x} at offset {offset}",
        hint="name its encoding, e.g. --encoding cp1252 or --encoding latin-1",
    ) from None


def _empty(work: Path) -> Path:
    plain = work / "empty"
    plain.touch()
    return plain


def text_lines(path: Path) -> Iterator[str]:
    """The physical lines of a ready file, line ends kept as they are."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from file
