"""A fact as RDF: one declarative table of classes, terms and columns; triples, exports and indexes derive from it.

A fact is a node of its own (RDF 1.2 triple terms are not relied on), with the plain triple ``?actor kg:sanction ?target``
beside it. Dates are one datatype, ``xsd:date``. The terms are defined in ``schema/ontology.ttl``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from kg.facts import NO_TARGET
from kg.shapes.believed import DAY

#: Namespace of the terms; it does not change.
KG = "https://w3id.org/diplomacy-kg#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
PROV = "http://www.w3.org/ns/prov#"

#: Known in every query without being declared.
PREFIXES = {"kg": KG, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "skos": SKOS, "prov": PROV}

#: Base of entities, facts and reports unless ``$KG_BASE`` names another.
DEFAULT_BASE = "https://w3id.org/diplomacy-kg/"


def base() -> str:
    """The base IRI of what this graph describes."""
    return os.environ.get("KG_BASE", DEFAULT_BASE)


def graph() -> str:
    """The named graph of what is believed, unless an address names another."""
    return f"{base()}graph"


def history(graph: str) -> str:
    """The graph beside it, of what is believed no more and what is known of loads, so that questions don't meet it."""
    return f"{graph}/history"


@dataclass(frozen=True)
class Term:
    """A predicate and what it points at.

    ``kind`` is ``entity``, ``fact``, ``report`` or ``term`` (an IRI made from the column's value), ``class`` (that of a type),
    ``iri`` (the value is one), or the datatype of a literal: ``string``, ``date``, ``integer``, ``decimal``. ``sql`` gives the
    value, NULL where there is none; a list where ``many``.
    """

    predicate: str
    kind: str
    sql: str
    many: bool = False


@dataclass(frozen=True)
class Described:
    """What one row of a relation says of one subject: ``relation`` is SQL over the record, ``key`` the subject's id in it."""

    subject: str  # entity, fact or report
    relation: str
    key: str
    terms: tuple[Term, ...]


_A = RDF + "type"

#: ``{believed}`` is `kg.shapes.believed.believed`, ``{where}`` further conditions on the row.
SHAPE = (
    Described("entity", "kg.entity e", "e.id", (
        Term(_A, "term", "upper(e.kind[1]) || e.kind[2:]"),
        Term(KG + "id", "string", "e.id"),
        Term(SKOS + "prefLabel", "string", "e.name"),
        Term(SKOS + "altLabel", "string",
             "(SELECT list_sort(list(n.name)) FROM kg.name n WHERE n.entity = e.id AND n.name <> e.name)", many=True),
        Term(KG + "state", "entity", "e.state"),
        Term(KG + "start", "date", "e.start"),
        Term(KG + "until", "date", "e.until"),
    )),
    Described("fact", "believed f", "f.id", (
        Term(_A, "class", "f.type"),
        Term(KG + "id", "string", "f.id::VARCHAR"),
        Term(KG + "type", "string", "f.type"),
        Term(KG + "actor", "entity", "f.actor"),
        Term(KG + "target", "entity", f"nullif(f.target, '{NO_TARGET}')"),
        Term(KG + "actorState", "entity", "f.actor_state"),
        Term(KG + "targetState", "entity", "f.target_state"),
        Term(KG + "action", "string", "f.action"),
        Term(KG + "code", "string", "f.code"),
        Term(KG + "scheme", "string", "f.scheme"),
        Term(KG + "date", "date", "f.start"),
        Term(KG + "until", "date", "f.until"),
        Term(KG + "day", "integer", DAY),
        Term(KG + "precision", "string", "f.precision"),
        Term(KG + "certainty", "string", "f.certainty"),
        Term(KG + "intensity", "decimal", "f.intensity"),
        Term(KG + "scale", "string", "f.scale"),
        Term(KG + "quad", "integer", "f.quad_class"),
        Term(KG + "event", "string", "f.event"),
        Term(KG + "reports", "integer", "f.reports"),
        Term(KG + "source", "string", "f.sources", many=True),
        Term(KG + "basis", "fact", "f.basis", many=True),
        Term(PROV + "wasDerivedFrom", "report", "f.witnesses", many=True),
    )),
    Described("report", "kg.report r", "r.id", (
        Term(_A, "iri", f"'{PROV}Entity'"),
        Term(KG + "dataset", "string", "r.dataset"),
        Term(KG + "nativeId", "string", "r.native_id"),
        Term(KG + "publisher", "string", "r.publisher"),
        Term(KG + "url", "string", "r.url"),
        Term(KG + "quote", "string", "r.quote"),
        Term(KG + "actionText", "string", "r.action"),
        Term(KG + "dateText", "string", "r.date"),
        Term(KG + "score", "string", "r.score"),
        Term(KG + "scoreScale", "string", "r.score_scale"),
        Term(KG + "extra", "string", "r.extra"),
    )),
)  # fmt: skip

#: What a store keeps besides, so that it can be read back whole; nested like `SHAPE`, by what is described.
KEPT = {
    "entity": (
        Term(KG + "spelling", "string", "(SELECT list_sort(list(n.name)) FROM kg.name n WHERE n.entity = e.id)", many=True),
        Term(KG + "change", "integer", "e.change"),
    ),
    "fact": (
        Term(KG + "coded", "string", "f.coded"),
        Term(KG + "change", "integer", "f.change"),
    ),
    "report": (
        Term(KG + "ofFact", "fact", "r.fact"),
        Term(KG + "actorText", "string", "r.actor"),
        Term(KG + "targetText", "string", "r.target"),
        Term(KG + "nativeCode", "string", "r.code"),
        Term(KG + "nativeScheme", "string", "r.scheme"),
        Term(KG + "nativeEvent", "string", "r.event"),
        Term(KG + "saysActorState", "string", "r.actor_state"),
        Term(KG + "saysTargetState", "string", "r.target_state"),
        Term(KG + "row", "integer", "r.row"),
        Term(KG + "opened", "integer", "r.opened"),
        Term(KG + "load", "integer", "r.load"),
        Term(KG + "closed", "integer", "r.closed"),
    ),
}


def class_of(type_: str) -> str:
    """The class of a type: SANCTION is ``kg:Sanction``, HOLDS_OFFICE ``kg:HoldsOffice``."""
    return KG + "".join(map(str.capitalize, type_.split("_")))


def predicate_of(type_: str) -> str:
    """The plain predicate of a type: SANCTION is ``kg:sanction``, HOLDS_OFFICE ``kg:holdsOffice``."""
    name = class_of(type_).removeprefix(KG)
    return KG + name[0].lower() + name[1:]
