"""Files of other programs that people take for tables, told by their first bytes, and how to get a table out of each."""

from __future__ import annotations

import re

from kg.errors import InputError

_UNPACK = "unpack it first; gzip and zip are read as they are"
#: First bytes, what such a file is, and what to do. From the formats' own descriptions and the list of file(1).
_KINDS = (
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of the old form (.xls)", "save it as .xlsx or as CSV"),
    (rb"BZh\d1AY&SY", "packed by bzip2", _UNPACK),
    (rb"\xfd7zXZ\x00", "packed by xz", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "packed by zstd", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (
        rb"RDX[23]\n|X\n\x00\x00\x00",
        "a file of R",
        "write it as a table: write.csv(data, 'facts.csv', na = '', row.names = FALSE)",
    ),
    (rb"<stata_dta>", "a file of Stata", "write it as a table: export delimited"),
    (rb"\$FL[23]@\(#\)", "a file of SPSS", "save it as CSV"),
    (rb"SQLite format 3\x00", "an SQLite database", "write the table that has the facts as CSV"),
    (rb"%PDF-", "a PDF", "a table in it has to be written as CSV"),
)
_FIRST_BYTES = [(re.compile(pattern, re.DOTALL), what, hint) for pattern, what, hint in _KINDS]


def refuse(name: str, head: bytes) -> None:
    """:raises InputError: if a file that begins so is one of another program, saying which."""
    for pattern, what, hint in _FIRST_BYTES:
        if pattern.match(head):
            raise InputError(f"{name} is {what}, which can't be read", hint=hint)
