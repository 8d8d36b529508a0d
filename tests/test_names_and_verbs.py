"""Names to entities, action texts to codes, plain statements to parts."""

from __future__ import annotations

import pytest

from kg import actions, statements
from kg.actors import resolver
from kg.facts import NO_TARGET
from kg.text import clean, key, name_key, slug


@pytest.mark.parametrize(
    ("name", "id_", "rule"),
    [
        ("US", "USA", "code"),
        ("U.S.", "USA", "name"),
        ("the U.S.", "USA", "name"),
        ("United States of America", "USA", "name"),
        ("UNITED STATES", "USA", "name"),
        ("america", "USA", "name"),
        ("us", "us", "own name"),
        ("NA", "NAM", "code"),
        ("na", "na", "own name"),
        ("N.A.", "n-a-", "own name"),
        ("the EU", "EU", "name"),
        ("Russian Federation", "RUS", "name"),
        ("Co\u0302te d\u2019Ivoire\u00a0", "CIV", "name"),
        ("Niger", "NER", "name"),
        ("AU", "au", "ambiguous"),
        ("United States (USA)", "USA", "name"),
        ("Government (USA)", "government-united-states~ba6a46ec9ddbc054", "country in brackets"),
        ("missile shield", "missile-shield", "own name"),
    ],
)
def test_names(name: str, id_: str, rule: str) -> None:
    found = resolver().resolve(name)
    assert found.rule == rule
    assert found.entity.id == id_ or (id_ == "n-a-" and found.entity.id.startswith("n-a"))


def test_name_with_country() -> None:
    entity = resolver().resolve("Foreign Affairs (Bangladesh)").entity
    assert (entity.name, entity.state, entity.kind) == ("Foreign Ministry (Bangladesh)", "BGD", "organization")
    assert resolver().resolve("Foreign Ministry of Bangladesh").entity == entity
    assert resolver().resolve("Cabinet (of wonders)").entity.state is None


def test_state_of_the_row() -> None:
    assert resolver().resolve("Somebody Else", "Israel", "person").entity.state == "ISR"
    assert resolver().resolve("Benjamin Netanyahu", "Israel", "person").state == "ISR"


@pytest.mark.parametrize("empty", [None, "", " ", "\u200b\u00a0"])
def test_no_target(empty: str | None) -> None:
    assert resolver().resolve(empty).entity.id == NO_TARGET


@pytest.mark.parametrize(
    ("text", "code", "scheme", "type_", "rule"),
    [
        ("Make statement", None, None, "STATEMENT", "label"),
        ("Express intent to meet or negotiate", None, None, "AGREE", "label"),
        ("anything", "036", None, "AGREE", "code"),
        ("anything", "13y", "cameo", "ACT", "unknown code"),
        ("anything", "42", "cameo", "ACT", "unknown code"),
        ("anything", "CONSULT", "plover", "CONSULT", "code"),
        ("scraps shield", None, None, "RETREAT", "verb"),
        ("Imposes  sanctions on", None, None, "COERCE", "verb"),
        ("jumps over", None, None, "ACT", "none"),
    ],
)
def test_actions(text: str, code: str | None, scheme: str | None, type_: str, rule: str) -> None:
    found = actions.resolve(text, code, scheme)
    assert (found.type, found.rule) == (type_, rule)


def test_the_lexicon_does_not_enter_the_identity() -> None:
    assert actions.resolve("scraps  Shield").key == "scraps shield"
    assert actions.resolve("Make statement").key == actions.resolve("x", "010").key == "cameo:010"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2009-09-17 US scraps shield", ("2009-09-17", "US", "scraps", "shield")),
        ("2009-09-18: NATO proposes cooperation to Russia.", ("2009-09-18", "NATO", "proposes cooperation", "Russia")),
        ("The United States imposes sanctions on Iran", (None, "The United States", "imposes sanctions on", "Iran")),
        ("20090918 Vladimir Putin praises the decision", ("20090918", "Vladimir Putin", "praises", "the decision")),
        ("2009 Russia frobs Georgia", ("2009", "Russia", "frobs", "Georgia")),
        ("17 September 2009: US scraps shield", ("17 September 2009", "US", "scraps", "shield")),
        ("Thursday, 17 Sept. 2009 US scraps shield", ("Thursday, 17 Sept. 2009", "US", "scraps", "shield")),
        ("September 17, 2009, US scraps shield", ("September 17, 2009", "US", "scraps", "shield")),
        ("march 2009 – US scraps shield", ("march 2009", "US", "scraps", "shield")),
        ("17.09.2009 US scraps shield", ("17.09.2009", "US", "scraps", "shield")),
        ("2009-09~ US scraps shield", ("2009-09~", "US", "scraps", "shield")),
        ("2008-08-07/2008-08-12: Russia invades Georgia", ("2008-08-07/2008-08-12", "Russia", "invades", "Georgia")),
        ("2009/.. US scraps shield", ("2009/..", "US", "scraps", "shield")),
        ("../2009 US scraps shield", ("../2009", "US", "scraps", "shield")),
        ("200X: US scraps shield", ("200X", "US", "scraps", "shield")),
        ("2009-09 Poland accepts", ("2009-09", "Poland", "accepts", None)),
    ],
)
def test_statements(text: str, parts: tuple[str | None, ...]) -> None:
    assert statements.parse(text)[:4] == parts


@pytest.mark.parametrize("text", ["2009-09-17 the cat sat", "2009-09-17", "scraps"])
def test_statements_without_actor_or_verb(text: str) -> None:
    assert statements.parse(text).problem


def test_keys() -> None:
    assert key("Co\u0302te\u00a0 d\u2019Ivoire\u200b ") == key("CÔTE d'Ivoire")
    assert key("Cote") != key("Côte")
    assert name_key("The U.S.") == "us"
    assert clean(" a\u200b  b\n") == "a b"


def test_slugs_keep_apart() -> None:
    names = ["x", "../x", "..\\..\\x", "/x", "X (y)", "X y", "None", "null", "nan", "Ελλάς", "!", "?"]
    assert len({slug(n) for n in names}) == len(names)
    assert slug("Missile Shield") == "missile-shield"
    assert all(slug(n).strip("-") == slug(n) for n in names)
