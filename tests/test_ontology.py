"""`schema/ontology.ttl` defines what `kg.shapes.rdf` can say, and nothing else."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, XSD, Graph, URIRef
from rdflib.namespace import DCTERMS

import kg
from kg import actions, content
from kg.actors import resolver
from kg.facts import Entity
from kg.shapes.rdf import KG, SHAPE, class_of, predicate_of

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "schema" / "ontology.ttl"

#: Kinds no table has: a loader gives them for names that the tables don't know.
KINDS_OF_ROWS = {"person", "topic"}

#: Defined without ever being written: the data name the subclass only.
UNWRITTEN = {KG + "Entity": "above all kinds of entity", KG + "Fact": "above the classes of all types"}

ALIGNED = {
    ("Fact", RDFS.subClassOf, "http://semanticweb.cs.vu.nl/2009/11/sem/Event"),
    ("Fact", RDFS.subClassOf, "http://www.w3.org/ns/prov#Entity"),
    ("Place", RDFS.subClassOf, "http://semanticweb.cs.vu.nl/2009/11/sem/Place"),
    ("actor", RDFS.subPropertyOf, "http://semanticweb.cs.vu.nl/2009/11/sem/hasActor"),
    ("target", RDFS.subPropertyOf, "http://semanticweb.cs.vu.nl/2009/11/sem/hasActor"),
    ("date", RDFS.subPropertyOf, "http://semanticweb.cs.vu.nl/2009/11/sem/hasEarliestBeginTimeStamp"),
    ("date", RDFS.seeAlso, "http://www.w3.org/2006/time#hasBeginning"),
}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(FILE, format="turtle")


def kinds() -> set[str]:
    """All kinds an entity can have."""
    found = {row["kind"] for table in ("states.csv", "organizations.csv") for row in content.rows("actors", table)}
    default = Entity("x", "X").kind
    return found | {default, resolver().resolve(None).entity.kind} | KINDS_OF_ROWS


def kind_classes() -> set[str]:
    # as SHAPE writes them: the kind with its first letter in capitals
    return {KG + kind[0].upper() + kind[1:] for kind in kinds()}


def type_classes() -> set[str]:
    return {class_of(type_) for type_ in actions.types()}


def plain_predicates() -> set[str]:
    return {predicate_of(type_) for type_ in actions.types()}


def shape_predicates() -> dict[str, tuple[set[str], set[str]]]:
    """For each predicate of the shape in our namespace: the subjects it has, and the kinds of its values."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for described in SHAPE:
        for term in described.terms:
            if term.predicate.startswith(KG):
                subjects, values = found.setdefault(term.predicate, (set(), set()))
                subjects.add(described.subject)
                values.add(term.kind)
    return found


def produced() -> set[str]:
    """All terms of our namespace that the data can have."""
    return {*shape_predicates(), *kind_classes(), *type_classes(), *plain_predicates()}


def defined(graph: Graph) -> set[str]:
    return {str(subject) for subject in graph.subjects() if str(subject).startswith(KG)}


def domains(graph: Graph, term: str) -> set[str]:
    """The classes of a property's domain, those of a union each."""
    found = set()
    for domain in graph.objects(URIRef(term), RDFS.domain):
        union = graph.value(domain, OWL.unionOf)
        found |= {str(part) for part in graph.items(union)} if union else {str(domain)}
    return found


def test_both_parsers_read_the_same(ontology: Graph) -> None:
    triples = list(ox.parse(path=str(FILE), format=ox.RdfFormat.TURTLE))
    assert len(triples) == len(ontology) > 0
    assert {quad.subject.value for quad in triples if isinstance(quad.subject, ox.NamedNode)} == {
        str(subject) for subject in ontology.subjects() if isinstance(subject, URIRef)
    }


def test_header(ontology: Graph) -> None:
    (header,) = ontology.subjects(RDF.type, OWL.Ontology)
    assert header == URIRef(KG.removesuffix("#"))
    for term in (DCTERMS.title, DCTERMS.description):
        assert ontology.value(header, term)
    assert ontology.value(header, DCTERMS.license) == URIRef("https://www.apache.org/licenses/LICENSE-2.0")


def test_every_term_of_the_data_is_defined(ontology: Graph) -> None:
    assert produced() - defined(ontology) == set()


def test_no_term_is_defined_that_the_data_cannot_have(ontology: Graph) -> None:
    assert defined(ontology) - produced() == UNWRITTEN.keys()


def test_a_class_and_a_property_never_share_a_name() -> None:
    assert not (kind_classes() & type_classes())
    assert not (shape_predicates().keys() & plain_predicates())


@pytest.mark.parametrize("term", sorted(produced() | UNWRITTEN.keys()))
def test_every_term_has_one_label_and_one_comment_in_english(ontology: Graph, term: str) -> None:
    for predicate in (RDFS.label, RDFS.comment):
        (text,) = ontology.objects(URIRef(term), predicate)
        assert str(text).strip() == str(text) != ""
        assert getattr(text, "language", None) == "en"


def test_classes(ontology: Graph) -> None:
    for classes, above in ((kind_classes(), "Entity"), (type_classes(), "Fact")):
        for term in classes:
            assert (URIRef(term), RDF.type, OWL.Class) in ontology, term
            assert (URIRef(term), RDFS.subClassOf, URIRef(KG + above)) in ontology, term


@pytest.mark.parametrize("type_", actions.types())
def test_a_plain_property_leads_from_entity_to_entity(ontology: Graph, type_: str) -> None:
    term = URIRef(predicate_of(type_))
    assert (term, RDF.type, OWL.ObjectProperty) in ontology
    assert domains(ontology, term) == {KG + "Entity"}
    assert ontology.value(term, RDFS.range) == URIRef(KG + "Entity")
    assert ontology.value(term, RDFS.seeAlso) == URIRef(class_of(type_))


@pytest.mark.parametrize("term", sorted(shape_predicates()))
def test_domain_and_range_are_those_of_the_shape(ontology: Graph, term: str) -> None:
    subjects, values = shape_predicates()[term]
    subject_class = {
        "entity": KG + "Entity",
        "fact": KG + "Fact",
        "report": "http://www.w3.org/ns/prov#Entity",
    }
    assert domains(ontology, term) == {subject_class[subject] for subject in subjects}
    (value,) = values
    things = {"entity": KG + "Entity", "fact": KG + "Fact"}
    class_ = OWL.ObjectProperty if value in things else OWL.DatatypeProperty
    assert (URIRef(term), RDF.type, class_) in ontology
    range_ = URIRef(things[value]) if value in things else XSD[value]
    assert list(ontology.objects(URIRef(term), RDFS.range)) == [range_]


def test_alignments(ontology: Graph) -> None:
    for name, relation, other in ALIGNED:
        assert (URIRef(KG + name), relation, URIRef(other)) in ontology, name


def test_the_example_as_rdf_says_nothing_else(ontology: Graph, tmp_path: Path) -> None:
    graph = kg.open(tmp_path / "store.kg")
    graph.load(ROOT / "examples" / "missile-shield-2009.csv")
    assert graph.export(tmp_path / "facts.nt") >= 20
    used = set()
    for quad in ox.parse(path=str(tmp_path / "facts.nt"), format=ox.RdfFormat.N_TRIPLES):
        used |= {term.value for term in (quad.predicate, quad.object) if isinstance(term, ox.NamedNode)}
    terms = {term for term in used if term.startswith(KG)}
    assert terms - defined(ontology) == set()
    assert {KG + "State", KG + "Topic", KG + "Retreat", KG + "retreat", KG + "actor"} <= terms
