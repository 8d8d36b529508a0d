"""A view's facts as a chronicle in Markdown: a heading a year, a line a fact, its sources as links."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kg.facts import NO_BEGINNING, NO_TARGET

if TYPE_CHECKING:
    from kg.export.rows import Chosen

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&])")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


def write(facts: Chosen, path: Path, title: str) -> int:
    """Write the chronicle; returns how many facts are in it. Texts are escaped, links lead to http and https only."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {_text(title)}\n\n{_text(facts.caption().text())}.\n")
        chapter, written = 0, 0
        for row in facts.mappings():
            if row["start"].year != chapter:
                chapter = row["start"].year
                heading = "Without a beginning" if row["start"] == NO_BEGINNING else str(chapter)
                file.write(f"\n## {heading}\n\n")
            file.write(_line(row))
            written += 1
        if not written:
            file.write("\nNo facts.\n")
    return written


def _line(row: Mapping[str, Any]) -> str:
    target = f" **{_text(row['target'])}**" if row["target_id"] != NO_TARGET else ""
    told = "; ".join(dict.fromkeys(map(_source, json.loads(row["witnesses"]))))
    return f"- {row['date']}: **{_text(row['actor'])}** {_text(row['action'])}{target} — {told}\n"


def _source(witness: Mapping[str, str]) -> str:
    name, url = _text(witness["source"]), witness.get("url", "")
    return f"[{name}](<{_address(url)}>)" if _safe(url) else name


def _safe(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in ("http", "https")
    except ValueError:
        return False


def _address(url: str) -> str:
    return _BLANKS.sub("%20", url).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")


def _text(text: str) -> str:
    """A text on one line in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", _BLANKS.sub(" ", text).strip())
