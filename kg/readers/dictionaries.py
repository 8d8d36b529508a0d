"""Actor dictionaries of event coders: names, and who they spoke for when.

The form is that of TABARI (Schrodt, *TABARI manual*, 0.8.4) and its successors PETRARCH and PETRARCH2, as the comments of
their dictionary readers describe it::

    VLADIMIR_PUTIN_  ; a comment            MILITARY_POLICE {} [~MILCOP] # an agent; {}: it has no plural
    +PUTIN                                  !PERSON! = MAN, WOMAN        # a macro, and its use:
        [RUSELI 750101-990809]              CONGRESS!PERSON! [~LEG]
        [RUSGOV >990809]

- An entry is a name, its synonyms (``+``) and its codes in brackets, on the line of the name or below. Underscores stand for
  blanks; one at the end means "this form only" to a coder and nothing here.
- Comments: ``#`` to the end of the line, ``;`` where it starts a line or follows a blank or a bracket, ``<!-- ... -->``.
- A code is ISO 3166's three letters or a CAMEO prefix (IGO, NGO, MNC, IMG, ...), then roles of three letters (GOV, MIL, OPP,
  REB, ...); ``---`` is the code of a name that is known and not to be coded. It stays one text here.
- Dates are YYMMDD or YYYYMMDD. Years of two digits: 00 to 30 are 2000 to 2030, 31 to 99 are 1931 to 1999 (the rule of KEDS,
  TABARI and PETRARCH; the files agree: what began before 1931 is written with four digits).
- All dates are inclusive, as PETRARCH2 compares them: ``X-Y`` holds from X through Y, ``<Y`` through Y, ``>X`` from X on. Read,
  days are half-open ``[start, until)``: ``until`` is the day after Y. A code without dates is the one for all other days.

A line is taken whole or rejected whole with a reason; nothing is mended. Blanks between the parts of a code don't count.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from kg.errors import InputError
from kg.text import clean

#: Years of two digits up to this one are of the 21st century.
_LAST_OF_2000S = 30
_ONE_DAY = dt.timedelta(days=1)

_COMMENT = re.compile(r"#.*|(?:^|(?<=[\s\]]));.*")
_MACRO = re.compile(r"!([^!\s]+)!\s*=(.*)")
_BRACKETS = re.compile(r"(?:\s*\[[^\[\]]*\])*\s*")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_ROLE = re.compile(r"\s*([A-Z0-9]+|---)(?:\s+([<>])?\s*(\d+)(?:\s*-\s*(\d+))?)?\s*", re.ASCII)
_AGENT_CODE = re.compile(r"\s*(~[A-Z0-9]+|[A-Z0-9]+~)\s*", re.ASCII)
_AGENT_NAME = re.compile(r"([^{}]*)(?:\{([^{}]*)\}\s*)?")

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Without IN, ON and TO, which are names of people too.
_SMALL = {"AND", "FOR", "OF", "THE"}
# Without XI, which is a family name in today's news far more often than an ordinal.
_NUMERALS = {"II", "III", "IV", "VI", "VII", "VIII", "IX", "XII", "XIII", "XIV", "XV", "XVI"}
_ORDINALS = {"ST", "ND", "RD", "TH"}


class Role(NamedTuple):
    """A code and the days ``[start, until)`` on which it holds; ``None`` where there is no such end.

    Both ``None``: on all days that no other role of the entry has.
    """

    code: str
    start: dt.date | None
    until: dt.date | None


class Entry(NamedTuple):
    """An actor as people write it, with one role or more in the order of the file; ``line`` is the name's, from 1."""

    name: str
    synonyms: tuple[str, ...]
    roles: tuple[Role, ...]
    line: int


class Agent(NamedTuple):
    """A common noun ("minister"). ``~GOV`` goes behind the code of its country, ``IGO~`` before it.

    ``plural`` is the irregular one, empty if the noun has none, and ``None`` where the file leaves it to English's rule.
    """

    name: str
    plural: str | None
    code: str
    line: int


class Rejected(NamedTuple):
    """A line, from 1, that could not be taken, and why; ``text`` as written, without the line end."""

    line: int
    reason: str
    text: str


class Dictionary(NamedTuple):
    """What a file holds, each list in the order of its lines."""

    entries: list[Entry]
    agents: list[Agent]
    rejected: list[Rejected]


def read_dictionary(path: str | Path) -> Dictionary:
    """The entries, agents and rejected lines of a dictionary in UTF-8; of an empty file, none.

    :raises InputError: if it can't be opened, is not text or not UTF-8. A bad line never raises.
    """
    reading = _Reading()
    for number, text in enumerate(_without_marked_comments(_text(Path(path))).split("\n"), 1):
        reading.take(number, text)
    return reading.finish()


def shown(written: str) -> str:
    """A name of a dictionary for people: blanks for underscores, and if it has no small letter, capitals for initials only.

    "COTE_D'IVOIRE_" is "Cote D'Ivoire", "PEOPLE'S_BANK_OF_CHINA" "People's Bank of China", "CARL_XVI" "Carl XVI", "U.N._" "U.N.",
    "2ND_ARMY" "2nd Army". Acronyms come out as words ("Kgb"): nothing in a file of capitals tells them apart.
    """
    name = clean(written.replace("_", " "))
    return name if any(c.islower() for c in name) else _WORD.sub(_cased, name)


def _cased(match: re.Match[str]) -> str:
    word, before = match[0], match.string[: match.start()][-1:]
    if before.isdigit():
        return word.lower() if word in _ORDINALS else word
    if match.start() and word in _NUMERALS:
        return word
    if before == " " and word in _SMALL:
        return word.lower()
    first, *others = word.split("'")
    # What follows the one letter of an elision is a name: D'Ivoire, O'Brien; else it is an ending: People's.
    return "'".join([first.capitalize(), *(o.capitalize() if len(first) == 1 else o.lower() for o in others)])


class _Malformed(Exception):
    """Why a line can't be taken."""


class _Open(NamedTuple):
    """An entry whose lines are still coming, and those of its names as written."""

    name: str
    synonyms: list[str]
    roles: list[Role]
    lines: list[tuple[int, str]]


class _Reading:
    """What was read so far, and the entry that a synonym or a code would belong to."""

    def __init__(self) -> None:
        self.read = Dictionary([], [], [])
        self.macros: dict[str, list[str]] = {}
        self.open: _Open | None = None
        self.bad_codes = False

    def take(self, number: int, text: str) -> None:
        body = _COMMENT.sub("", text).strip()
        if not body:
            return
        try:
            if "<!--" in body:
                raise _Malformed("a comment is not closed")
            if body[0] == "+":
                self._opened().synonyms.append(_name(body[1:]))
                self._opened().lines.append((number, text))
            elif body[0] == "[":
                self.bad_codes = True
                self._opened().roles.extend(_roles(body))
                self.bad_codes = False
            else:
                self._begin(number, text, body)
        except _Malformed as why:
            self.read.rejected.append(Rejected(number, str(why), text))

    def finish(self) -> Dictionary:
        self._close()
        self.read.rejected.sort()
        return self.read

    def _opened(self) -> _Open:
        if self.open is None:
            raise _Malformed("no name before it, or one that was rejected")
        return self.open

    def _close(self) -> None:
        """Keep the open entry. One that no code says anything of is no actor: often a synonym that lost its plus."""
        if entry := self.open:
            (line, text), *synonyms = entry.lines
            if entry.roles:
                self.read.entries.append(Entry(entry.name, tuple(entry.synonyms), tuple(entry.roles), line))
            else:
                reason = "none of its codes can be read" if self.bad_codes else "no code follows the name"
                self.read.rejected.append(Rejected(line, reason, text))
                self.read.rejected.extend(Rejected(number, "its name was rejected", text) for number, text in synonyms)
        self.open, self.bad_codes = None, False

    def _begin(self, number: int, text: str, body: str) -> None:
        self._close()
        if match := _MACRO.fullmatch(body):
            words = [word.strip() for word in match[2].split(",")]
            if not all(words):
                raise _Malformed(f"the macro !{match[1]}! has an empty word")
            self.macros[match[1]] = words
            return
        head, bracket, codes = body.partition("[")
        if "~" in codes:
            self.read.agents.extend(_agents(number, head, bracket + codes, self.macros))
        else:
            self.open = _Open(_name(head), [], _roles(bracket + codes), [(number, text)])


def _text(path: Path) -> str:
    """The file as text, line ends as ``\\n``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "check the name and the permissions"
        raise InputError(f"can't open {path}: {error.strerror or error}", hint=hint) from None
    # A few NULs are letters that a program lost on the way: their lines are rejected, the rest is good.
    if content.count(b"\0") * 10 > len(content):
        raise InputError(f"{path} is not plain text: it has NUL bytes", hint="save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise InputError(f"{path} is not UTF-8: byte 0x{byte:02x} at offset {error.start}", hint="save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_marked_comments(text: str) -> str:
    """``text`` without ``<!-- ... -->`` and with as many lines as before; one that is not closed stays."""
    start, *others = text.split("<!--")
    parts = [start]
    for other in others:
        comment, closed, rest = other.partition("-->")
        parts.append("\n" * comment.count("\n") + rest if closed else "<!--" + other)
    return "".join(parts)


def _name(written: str) -> str:
    for c in written:
        if c == "\ufffd" or (c != "\t" and unicodedata.category(c) == "Cc"):
            raise _Malformed(f"a letter of the name was lost: U+{ord(c):04X}")
        if c in "[]{}":
            raise _Malformed(f"the name has a stray {c}")
    name = shown(written)
    if not any(c.isalnum() for c in name):
        raise _Malformed("there is no name")
    return name


def _bracketed(text: str) -> list[str]:
    """The contents of the brackets that a text consists of."""
    if not _BRACKETS.fullmatch(text):
        unclosed = text.count("[") != text.count("]")
        raise _Malformed("a bracket is not closed" if unclosed else "text beside the codes that is no comment")
    return _IN_BRACKETS.findall(text)


def _roles(text: str) -> list[Role]:
    return [_role(content) for content in _bracketed(text)]


def _role(content: str) -> Role:
    if not content.strip():
        raise _Malformed("the code is empty")
    if not (match := _ROLE.fullmatch(content)):
        raise _Malformed(f"not a code, or not one with dates: [{content}]")
    code, mark, first, last = match.groups()
    if first is None:
        return Role(code, None, None)
    if mark and last:
        raise _Malformed(f"a span has no {mark}: [{content}]")
    day = _day(first)
    if mark == "<":
        return Role(code, None, day + _ONE_DAY)
    if mark == ">":
        return Role(code, day, None)
    if last is None:
        raise _Malformed(f"from {first} on, or until then? A date alone needs > or <")
    end = _day(last)
    if end < day:
        raise _Malformed(f"{first}-{last} ends before it begins")
    return Role(code, day, end + _ONE_DAY)


def _day(digits: str) -> dt.date:
    if len(digits) not in (6, 8):
        raise _Malformed(f"date {digits} has neither 6 nor 8 digits")
    year = int(digits[:-4])
    if len(digits) == 6:
        year += 2000 if year <= _LAST_OF_2000S else 1900
    if year == dt.MAXYEAR:
        raise _Malformed(f"date {digits} is a placeholder")
    try:
        return dt.date(year, int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        raise _Malformed(f"date {digits} is no day of the calendar") from None


def _agents(number: int, head: str, codes: str, macros: dict[str, list[str]]) -> list[Agent]:
    """The agents of a line: one, or one for each word of its macro."""
    contents = _bracketed(codes)
    code = _AGENT_CODE.fullmatch(contents[0])
    if len(contents) != 1 or not code:
        raise _Malformed(f"not the code of an agent: {codes}")
    if not (match := _AGENT_NAME.fullmatch(head)):
        raise _Malformed("a brace is not closed, or there is text behind it")
    written, plural = match[1], None if match[2] is None else shown(match[2])
    forms = [written]
    if "!" in written:
        # The words of a macro are all its forms, so nothing has a plural besides.
        forms, plural = _expanded(written, macros), plural or ""
    return [Agent(_name(form), plural, code[1], number) for form in forms]


def _expanded(written: str, macros: dict[str, list[str]]) -> list[str]:
    before, *inner, after = written.split("!")
    if len(inner) != 1:
        raise _Malformed("a macro is not closed" if len(inner) % 2 == 0 else "more than one macro in a name")
    if inner[0] not in macros:
        raise _Malformed(f"no line before it says what !{inner[0]}! is")
    return [before + word + after for word in macros[inner[0]]]
