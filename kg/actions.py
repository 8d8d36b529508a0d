"""Action texts and codes to types: the table ``schema/actions.csv``, its labels and the verb lexicon.

Codes are CAMEO's (kept as text: "042" is not 42), types PLOVER's sixteen, with STATEMENT and APPEAL for CAMEO roots 01 and
02, which PLOVER dropped, and ACT where nothing is known.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from kg import content
from kg.text import key

#: A phrase of the lexicon has at most this many words; longer ones are not looked for.
LONGEST_PHRASE = 8


class ActionRow(NamedTuple):
    """One row of ``schema/actions.csv``."""

    scheme: str
    code: str
    name: str
    parent: str
    root: str
    type: str
    mode: str
    quad_class: int | None
    intensity: float | None
    scale: str | None
    aspect: str


class Action(NamedTuple):
    """What is known of an action. ``key`` is its part in the identity of a fact; ``rule`` says how the code was found:
    ``code`` (the source gives it), ``label`` (the text is a label of the scheme), ``verb`` (the lexicon), ``unknown code``
    or ``none``."""

    key: str
    type: str
    code: str | None
    scheme: str | None
    quad_class: int | None
    intensity: float | None
    scale: str | None
    rule: str


@cache
def table() -> dict[tuple[str, str], ActionRow]:
    """All actions by (scheme, code)."""
    found = {}
    for row in content.rows("actions.csv"):
        found[row["scheme"], row["code"]] = ActionRow(
            scheme=row["scheme"],
            code=row["code"],
            name=row["name"],
            parent=row["parent"],
            root=row["root"],
            type=row["type"],
            mode=row["mode"],
            quad_class=int(row["quad_class"]) if row["quad_class"] else None,
            intensity=float(row["intensity"]) if row["intensity"] else None,
            scale=row["scale"] or None,
            aspect=row["aspect"],
        )
    return found


@cache
def types() -> tuple[str, ...]:
    """The closed list of types, sorted: a store has no other edge types and no other fact classes."""
    return tuple(sorted({row.type for row in table().values()}))


@cache
def states() -> tuple[str, ...]:
    """Those of them that hold until they end, sorted."""
    return tuple(sorted({row.type for row in table().values() if row.aspect == "state"}))


@cache
def _labels() -> dict[str, tuple[str, str]]:
    found = {_label_key(row.name): (row.scheme, row.code) for row in table().values() if row.scheme == "cameo"}
    found |= {_label_key(r["label"]): (r["scheme"], r["code"]) for r in content.rows("labels.csv")}
    return found


@cache
def verbs() -> dict[str, str]:
    """CAMEO code by inflected form, e.g. ``scraps``, ``calls for``, ``recalls its ambassador``; forms are keys already."""
    return {form: row["code"] for row in content.rows("verbs.csv") for form in row["forms"].split("|")}


@cache
def lemmas() -> dict[str, str]:
    """CAMEO code by entry of the lexicon."""
    return {row["lemma"]: row["code"] for row in content.rows("verbs.csv")}


@cache
def _by_form() -> dict[str, str]:
    return {form: row["lemma"] for row in content.rows("verbs.csv") for form in row["forms"].split("|")}


def lemma(text: str) -> str | None:
    """The entry of the lexicon that an action text is, in whatever form; ``None`` if it has none, or is a label of a scheme: what
    a coder of news ticked is no wording.

    What stands between the entry and its last word is allowed, since that word still leads to the target: "suspends talks in
    the council with". Nothing else is: "recognizes the efforts of" recognises nobody.
    """
    words = text.split()
    n = 0 if _label_key(text) in _labels() else leading_verb(words)
    if not n:
        return None
    entry = _by_form()[key(" ".join(words[:n]))]
    *verb, last = entry.split()
    return entry if n == len(words) or (verb and key(words[-1]) == last) else None


def _label_key(text: str) -> str:
    return key(text).removesuffix(", not specified below")


def name_of(action: Action) -> str | None:
    """The name of an action's code, or the code itself where no scheme has it."""
    row = table().get((action.scheme or "", action.code or ""))
    return row.name if row else action.code


def leading_verb(words: list[str]) -> int:
    """How many of the first words are the longest phrase the lexicon has there; 0 if it has none."""
    lexicon = verbs()
    for n in range(min(len(words), LONGEST_PHRASE), 0, -1):
        if key(" ".join(words[:n])) in lexicon:
            return n
    return 0


def resolve(text: str | None, code: str | None = None, scheme: str | None = None) -> Action:
    """What a row's action is, from its text and, where the source gives one, its code.

    Identity takes the code if the source gives one or the text is a label of one; otherwise the normalised text, because
    the lexicon grows and a fact's identity must not change with it. An unknown code is kept as written, of type ACT.
    """
    text, code = (text or "").strip(), (code or "").strip()
    if code:
        scheme = (scheme or "cameo").lower()
        row = table().get((scheme, code))
        if row:
            return _action(row, "code")
        return Action(f"{scheme}:{code}", "ACT", code, scheme, None, None, None, "unknown code")
    if found := _labels().get(_label_key(text)):
        return _action(table()[found], "label")
    words = text.split()
    if n := leading_verb(words):
        row = table()["cameo", verbs()[key(" ".join(words[:n]))]]
        return _action(row, "verb")._replace(key=key(text))
    return Action(key(text), "ACT", None, None, None, None, None, "none")


def _action(row: ActionRow, rule: str) -> Action:
    return Action(
        key=f"{row.scheme}:{row.code}",
        type=row.type,
        code=row.code,
        scheme=row.scheme,
        quad_class=row.quad_class,
        intensity=row.intensity,
        scale=row.scale,
        rule=rule,
    )
