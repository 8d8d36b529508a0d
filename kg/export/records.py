"""Facts as records of others' forms, one JSON object a line: KGX nodes and edges, PLOVER events."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from kg import actions
from kg.facts import NO_BEGINNING, NO_TARGET
from kg.shapes.rdf import predicate_of

if TYPE_CHECKING:
    from kg.export.rows import Chosen

#: The prefix of an entity's id in KGX, whose ids are CURIEs; behind it stands the id, percent-encoded as in our IRIs.
PREFIX = "dkg"
#: Names of the files of a KGX folder, as patterns.
FILES = ("*_nodes.jsonl", "*_edges.jsonl")
# Classes of the Biolink model; who may act is an agent there.
_CATEGORIES = {
    "state": "biolink:Agent", "organization": "biolink:Agent", "person": "biolink:Agent", "group": "biolink:Agent",
    "place": "biolink:GeographicLocation",
}  # fmt: skip
_KGX_EDGE = (
    "date", "start", "until", "precision", "certainty", "action", "type", "code", "scheme", "coded", "quad_class", "intensity",
    "scale", "event", "actor_state", "target_state", "reports", "sources", "basis",
)  # fmt: skip
# What PLOVER calls an actor that is no state's, as far as kinds tell.
_PLOVER_CODES = {"organization": "IGO"}
_ONE_DAY = dt.timedelta(days=1)

_log = logging.getLogger(__name__)


def write_kgx(facts: Chosen, folder: Path, stem: str) -> int:
    """Write ``<stem>_nodes.jsonl`` and ``<stem>_edges.jsonl`` into a new folder; returns the number of edges.

    The form is KGX's (github.com/biolink/kgx, *KGX format as JSON lines*). Biolink has no predicates for deeds of states, so all
    are its most general one, ``biolink:related_to``, and ``relation`` says which of ours it is.
    """
    folder.mkdir()
    with (folder / f"{stem}_nodes.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for node in facts.nodes():
            general = ["biolink:NamedThing"]
            category = [_CATEGORIES[node.kind], *general] if node.kind in _CATEGORIES else general
            own = {"kind": node.kind, "state": node.state and _curie(node.state), "start": node.start, "until": node.until}
            _line(file, {"id": _curie(node.id), "category": category, "name": node.name, **own})
    edges = 0
    with (folder / f"{stem}_edges.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for row in facts.mappings():
            _line(file, {
                "id": f"urn:uuid:{row['id']}", "subject": _curie(row["actor_id"]), "predicate": "biolink:related_to",
                "object": _curie(row["target_id"]), "relation": predicate_of(row["type"]), "category": ["biolink:Association"],
                "knowledge_level": "not_provided", "agent_type": "not_provided", "publications": row["urls"] or None,
                **{name: row[name] for name in _KGX_EDGE}, "witnesses": json.loads(row["witnesses"]),
            })  # fmt: skip
            edges += 1
    return edges


def _curie(id_: str) -> str:
    return f"{PREFIX}:{quote(id_, safe='')}"


def write_plover(facts: Chosen, path: Path) -> int:
    """Write PLOVER event records (Open Event Data Alliance, *PLOVER*, draft 0.7b1, chapter "JSON Data Fields"); returns how many.

    PLOVER has sixteen types: facts of other ones (statements, appeals, standing relations, unknown verbs) are left out, and a
    note says how many. A date that is no day has its first day as ``date`` and its last as ``enddate``; ``precision`` is ours.
    """
    known = {row.code for row in actions.table().values() if row.scheme == "plover"}
    written = left_out = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in facts.mappings():
            if row["type"] not in known or row["start"] == NO_BEGINNING:
                left_out += 1
                continue
            last = row["until"] and row["until"] - _ONE_DAY
            witnesses = json.loads(row["witnesses"])
            texts = [w["quote"] for w in witnesses if "quote" in w]
            _line(file, {
                "id": row["id"], "has_event": True, "date": row["start"], "enddate": last if last != row["start"] else None,
                "source": [_actor(row, "actor")],
                "recipient": [_actor(row, "target")] if row["target_id"] != NO_TARGET else None,
                "event": [row["type"]], "event_text": [row["action"]], "quad_code": row["quad_class"],
                "event_scale": row["intensity"], "link": row["event"], "text": texts[0] if texts else None,
                "cite_info": {"publication": "; ".join(row["sources"]), "url": "; ".join(row["urls"]) or None},
                "precision": row["precision"], "certainty": row["certainty"], "code": row["code"], "scheme": row["scheme"],
                "scale": row["scale"],
            })  # fmt: skip
            written += 1
    if left_out:
        _log.warning("%d facts are of types that PLOVER does not have, or have no beginning, and are not in it", left_out)
    return written


def _actor(row: Mapping[str, Any], end: str) -> dict[str, str]:
    code = row[f"{end}_state"] or _PLOVER_CODES.get(row[f"{end}_kind"])
    found = {"code": code, "actor_text": row[end], "identifier_id": row[f"{end}_id"], "identifier_text": row[end]}
    return {name: value for name, value in found.items() if value}


def _line(file: IO[str], record: Mapping[str, Any]) -> None:
    file.write(json.dumps(_present(record.items()), ensure_ascii=False, default=str) + "\n")


def _present(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What there is; dates become ISO texts when they are written."""
    return {k: _present(v.items()) if isinstance(v, dict) else v for k, v in items if v is not None}
