"""How texts are compared: one key for all spellings that a reader takes for the same.

Unicode forms (NFKC, UAX #15), case, typographic apostrophes and quotes, invisible characters and runs of blanks don't tell
names apart; accents do.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Characters of category Cf (zero-width space and joiners, soft hyphen, marks of direction) and Cc carry no letter.
_INVISIBLE = {"Cc", "Cf"}
_APOSTROPHES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_BLANKS = re.compile(r"\s+")
_INITIALS = re.compile(r"\b(\w)\.(?=\s|\w\b|$)")
_LONGEST_SLUG = 80
_NOT_SLUG = re.compile(r"[^\w]+", re.UNICODE)


def clean(text: str) -> str:
    """``text`` in Unicode form NFC, without invisible characters, blanks collapsed and trimmed.

    What is shown as a name; case and punctuation stay.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    if text.isprintable() and "  " not in text:  # no blanks but spaces, nothing invisible
        return unicodedata.normalize("NFC", text).strip()
    text = _BLANKS.sub(" ", text)
    visible = "".join(c for c in text if c == " " or unicodedata.category(c) not in _INVISIBLE)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", visible)).strip()


def key(text: str) -> str:
    """The comparison key of a name or an action: equal for all spellings a reader takes for the same."""
    if text.isascii():  # the same, sooner
        return clean(text).lower().replace("`", "'")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean(text)).casefold())
    return clean(folded.translate(_APOSTROPHES))


def name_key(text: str) -> str:
    """`key` of a name, further without the dots of initials ("U.S." is "us") and a leading "the"."""
    found = key(text)
    if "." in found:
        found = _INITIALS.sub(r"\1", found)
    return found.removeprefix("the ") if found != "the" else found


def fingerprint(text: str) -> str:
    """The first twelve digits of the SHA-256 of a text: another with every edit."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def slug(text: str) -> str:
    """A stable id for a name that no table knows: its key in letters, digits and hyphens.

    Where that loses something ("../x" and "x"), a tilde and sixteen digits of the key's MD5 follow, so that two names never
    share an id.
    """
    folded = key(text)
    plain = _NOT_SLUG.sub("-", folded).strip("-")
    if plain and plain.replace("-", " ") == folded and len(plain) <= _LONGEST_SLUG:
        return plain
    digest = hashlib.md5(folded.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]
    return f"{plain[:_LONGEST_SLUG].strip('-')}~{digest}"
