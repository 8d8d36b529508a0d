"""What a query names that nothing answers to: it is asked all the same, and told of, lest an empty answer pass for a finding."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache

from kg import actions
from kg.facts import KINDS
from kg.shapes.rdf import KEPT, KG, RDFS, SHAPE, class_of, predicate_of
from kg.tokens import SPARQL

_REDECLARED = re.compile(r"\bprefix\s+(kg|rdfs):\s*<([^>]*)>", re.IGNORECASE)
_NO_NAMES = (RDFS + "label", KG + "label", KG + "name")
_NAMES = "names are skos:prefLabel, and skos:altLabel"
_NAMESPACES = {"kg": KG, "rdfs": RDFS}


@cache
def _terms() -> frozenset[str]:
    """Names of all predicates and classes that facts, entities and reports have, without the namespace."""
    described = [*(t for d in SHAPE for t in d.terms), *(t for terms in KEPT.values() for t in terms)]
    found = {t.predicate for t in described} | {make(type_) for type_ in actions.types() for make in (class_of, predicate_of)}
    return frozenset(iri.removeprefix(KG) for iri in found if iri.startswith(KG)) | {kind.capitalize() for kind in KINDS}


def unanswered(text: str, parameters: Collection[str] = ()) -> list[str]:
    """What to tell of a SPARQL query: terms of our namespace that there are none of, and ``$names`` without a value.

    :param parameters: names of those that have one.
    """
    redeclared = {prefix.lower() for prefix, iri in _REDECLARED.findall(text) if iri != _NAMESPACES[prefix.lower()]}
    return [*dict.fromkeys(_named(text, parameters, redeclared))]


def _named(text: str, parameters: Collection[str], redeclared: Collection[str]) -> Iterator[str]:
    for token in SPARQL.finditer(text):
        if (parameter := token["parameter"]) and parameter not in parameters:
            yield f"${parameter} has no value, so it is a variable like ?{parameter}; give one with --param {parameter}=VALUE"
        prefix, _, name = (token["name"] or "").partition(":")
        ours = prefix in _NAMESPACES and prefix not in redeclared
        iri = _NAMESPACES[prefix] + name if ours else (token["iri"] or "")[1:-1]
        name = iri.removeprefix(KG)
        if iri in _NO_NAMES:
            yield f"nothing has {'rdfs' if iri.startswith(RDFS) else 'kg'}:{iri.rpartition('#')[2]}: {_NAMES}"
        elif iri.startswith(KG) and name and name not in _terms():
            near = [f"kg:{one}" for one in get_close_matches(name, sorted(_terms()), 3)]
            yield f"nothing has kg:{name}" + (f"; there is {', '.join(near)}" if near else "; schema/ontology.ttl has all terms")
