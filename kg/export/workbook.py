"""Facts as a workbook (Office Open XML, ECMA-376): a sheet of facts and one that says what they are.

Written as a stream, cell by cell: openpyxl takes eight times as long, and complains aloud when a disk is full.
"""

from __future__ import annotations

import datetime as dt
import logging
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kg.errors import StoreError
from kg.export.rows import COLUMNS
from kg.export.tables import cell_text
from kg.export.xml import Texts

if TYPE_CHECKING:
    from kg.export.rows import Caption, Chosen

# What a worksheet holds: rows with the header, and characters in a cell (Microsoft, "Excel specifications and limits").
_MOST_ROWS = 1_048_576
_MOST_CHARACTERS = 32_767
# Excel takes 1900 for a leap year: from its first of March on days are counted from here.
_FIRST_DAY, _DAY_ZERO = dt.date(1900, 3, 1), dt.date(1899, 12, 30)

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PLAIN = 'numFmtId="0" fontId="0" fillId="0" borderId="0"'
_SHEETS = ("facts", "about")
#: The parts of the package beside its sheets. Style 1 is a date (number format 14).
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    + "".join(f'<Override PartName="/xl/worksheets/{s}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for s in _SHEETS)
    + "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATIONS}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    + "".join(f'<sheet name="{s}" sheetId="{n}" r:id="r{n}"/>' for n, s in enumerate(_SHEETS, 1))
    + "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/{s}.xml"/>' for n, s in enumerate(_SHEETS, 1)
    )
    + f'<Relationship Id="r0" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf {_PLAIN}/></cellStyleXfs><cellXfs count="2"><xf {_PLAIN} xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}

_log = logging.getLogger(__name__)


def write(facts: Chosen, path: Path, title: str) -> int:
    """Write the facts of a view as XLSX; returns how many there are.

    Texts stay texts, whatever they begin with. Control characters that XML can't hold are left out, and texts are cut where a
    cell is full; a note says how many.

    :raises StoreError: if there are more than a worksheet holds.
    """
    caption = facts.caption()
    if caption.facts >= _MOST_ROWS:
        raise StoreError(
            f"a worksheet holds {_MOST_ROWS - 1} facts, and these are {caption.facts}",
            hint="write .parquet or .csv, or fewer facts: --from, --until, --actor",
        )
    cells = _Cells()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, text in _PARTS.items():
            package.writestr(name, _HEAD + text)
        for name, rows in (("facts", _with_header(facts)), ("about", _told(title, caption))):
            with package.open(f"xl/worksheets/{name}.xml", "w", force_zip64=True) as file:
                _write_sheet(file, rows, cells)
    cells.texts.tell()
    if cells.cut:
        _log.warning("%d cells were cut at %d characters, all that one holds", cells.cut, _MOST_CHARACTERS)
    return caption.facts


def _with_header(facts: Chosen) -> Iterable[Sequence[object]]:
    yield COLUMNS
    yield from facts.rows()


def _told(title: str, caption: Caption) -> Iterable[Sequence[object]]:
    told = {"title": title, "facts": caption.facts, "entities": caption.entities, "first day": caption.first,
            "last day": caption.last, "exported": dt.date.today()}  # fmt: skip
    return [*told.items(), *(("source", *source) for source in caption.sources)]


def _write_sheet(file: IO[bytes], rows: Iterable[Sequence[object]], cells: _Cells) -> None:
    file.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
    for n, row in enumerate(rows, 1):
        made = "".join(cells.made(f"{column}{n}", value) for column, value in zip(_LETTERS, row, strict=False))
        file.write(f'<row r="{n}">{made}</row>'.encode())
    file.write(b"</sheetData></worksheet>")


# A, B, ..., Z, AA, AB, ...: as many as there may be columns.
_LETTERS = [f"{a}{b}" for a in ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


class _Cells:
    """The cells of a workbook, and what they could not hold."""

    def __init__(self) -> None:
        self.texts, self.cut = Texts(), 0

    def made(self, place: str, value: Any) -> str:
        """The cell at a place, or nothing if it is empty."""
        if value is None or value == []:
            return ""
        if isinstance(value, dt.date) and value >= _FIRST_DAY:
            return f'<c r="{place}" s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
        if isinstance(value, int | float):
            return f'<c r="{place}"><v>{value}</v></c>'
        text = str(cell_text(value)).replace("\r\n", "\n").replace("\r", "\n")
        self.cut += len(text) > _MOST_CHARACTERS
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{self.texts.escaped(text[:_MOST_CHARACTERS])}</t></is></c>'
        )
