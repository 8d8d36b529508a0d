"""Texts as XML 1.0 can hold them.

XML has no way to write most control characters, nor U+FFFE and U+FFFF (W3C, XML 1.0, production 2): they are left out and
counted. A reader makes blanks of tabs and line ends in attributes and takes a carriage return for a line end, unless they are
written as references; so they are.
"""

from __future__ import annotations

import logging
import re

_LEFT_OUT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKUP = re.compile('[&<>"\t\n\r]')
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}

_log = logging.getLogger(__name__)


class Texts:
    """Texts written into one file; ``left_out`` counts the characters that it can't hold."""

    def __init__(self) -> None:
        self.left_out = 0

    def kept(self, text: str) -> str:
        """The text without what XML can't hold."""
        kept, out = _LEFT_OUT.subn("", text)
        self.left_out += out
        return kept

    def escaped(self, text: str) -> str:
        """The text as it stands in an attribute or an element."""
        return _MARKUP.sub(lambda found: _REFERENCES[found[0]], self.kept(text))

    def tell(self) -> None:
        """Say how much was left out, if anything was."""
        if self.left_out:
            characters = "character" if self.left_out == 1 else "characters"
            _log.warning("%d control %s that XML can't hold %s left out", self.left_out, characters,
                         "was" if self.left_out == 1 else "were")  # fmt: skip
