"""One self-contained page of a graph of facts: pyvis builds the network, this module the page around it.

pyvis's own page asks a CDN for scripts even when told to keep everything in line, and is written in the
locale's encoding. So its nodes, edges and options are taken from its `Network`, vis-network from its
installed files, and the page is ours: no request to anywhere, a Content-Security-Policy that allows only the
two scripts and two styles in it, and the data as inert JSON that no browser ever runs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.export.network import PASSIVE, Chosen, Row, busiest, columns_of, edges_of, facts_of, network, nodes_of
from kg.facts import DERIVED

#: The parts of the page's script, in the order in which they are put together; each may use what those before it define.
SCRIPTS = ("facts", "state", "lines", "quick", "graph", "labels", "pointer", "time", "panel", "filter", "find", "main")
_SOURCES = 6  # sources that the caption names


@dataclass(frozen=True)
class About:
    """What a page says of itself. ``notes`` are lines under the title; ``command`` is what makes the page again and
    ``exported`` the day; ``datasets`` have a name, the number of reports and the licence, "" if that is not known."""

    title: str
    notes: Sequence[str] = ()
    command: str = ""
    exported: str = ""
    datasets: Sequence[tuple[str, int, str]] = ()


@dataclass(frozen=True)
class PageSummary:
    """What a page shows.

    shown, total: facts on the page and facts given. entities: nodes on the page. first, last: the time span
    as texts, as fine as it is known, "" if no fact has a date. caption: the line under the title.
    left_out: what is not on the page, in words, "" if all is. size: bytes of the file.
    """

    shown: int
    total: int
    entities: int
    first: str
    last: str
    caption: str
    left_out: str
    size: int


def write_page(
    path: Path,
    entities: Iterable[Mapping[str, object]],
    facts: Iterable[Mapping[str, object]],
    about: About,
    *,
    limit: int = 10_000,
) -> PageSummary:
    """Write the graph of `facts` as one HTML file that needs no network, no server and no other file.

    entities: `id`, `name`, `kind`; those in no shown fact are left out.
    facts: `id`, `actor`, `target` (entity ids), `type`, `action`, `code`, `date` (a date or ISO text,
    inclusive), `until` (exclusive, or None), `precision` (day, month, year, span), `quad_class` (1..4 or
    None), `intensity`, `scale`, `reports`, `sources`, `urls`, `when` (the date as EDTF text; made of the others
    if it is not given), `certainty`; whatever else one carries is listed as it is.
    limit: how many facts are drawn at most; of more, those of the busiest dyads are kept, and the page says so.
    The same facts give the same bytes, in whatever order they come. The file appears whole or not at all.
    Raises ValueError if two facts share an id or a fact names an unknown entity; OSError if the file can't be
    written.
    """
    from kg.export import whole

    data, summary = page(entities, facts, about, limit=limit)
    with whole(Path(path)) as part, part.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return summary


def page(
    entities: Iterable[Mapping[str, object]], facts: Iterable[Mapping[str, object]], about: About, *, limit: int = 10_000
) -> tuple[bytes, PageSummary]:
    """The page that `write_page` writes, as UTF-8."""
    if limit < 0:
        raise ValueError(f"limit is {limit}, expected 0 or more")
    everyone = {str(entity["id"]): entity for entity in entities}
    chosen = busiest(facts_of(facts, everyone), limit)
    shown = chosen.shown
    nodes = nodes_of(shown, everyone)
    edges, lines = edges_of(shown)
    caption = _caption(shown, chosen.total, Counter(node["kind"] for node in nodes))
    left_out = _left_out(chosen)
    notes = [*([left_out] if left_out else []), *about.notes]
    parts = {
        "title": html.escape(about.title),
        "caption": " · ".join(f"<span>{html.escape(part)}</span>" for part in caption.split(" · ")),
        "notes": "".join(f"<li>{html.escape(note)}</li>" for note in notes),
        "about": _provenance(chosen, about),
        "data": _inert({**network(nodes, edges), "facts": columns_of(shown, lines)}),
    }
    data = _framed(parts).encode("utf-8", "xmlcharrefreplace")  # half a surrogate pair in a title has no UTF-8
    first, last = _span(shown)
    return data, PageSummary(len(shown), chosen.total, len(nodes), first, last, caption, left_out, len(data))


def _left_out(chosen: Chosen) -> str:
    """Which facts are not on the page, "" if all are."""
    left = chosen.total - len(chosen.shown)
    if not left:
        return ""
    text = (
        f"Only {len(chosen.shown):,} of {chosen.total:,} facts are drawn: those of the busiest pairs, of a pair the latest. "
        f"Left out: {_counted(left, 'fact')} of {_counted(chosen.left_pairs, 'pair')}"
    )
    if chosen.busiest:
        text += f"; a pair that is missing has at most {_counted(chosen.busiest, 'fact')}"
    return f"{text}."


def _span(facts: list[Row]) -> tuple[str, str]:
    """The first and the last time of the facts, as fine as these are known."""
    dated = [fact for fact in facts if fact["start"] is not None]
    if not dated:
        return "", ""
    begun = [fact for fact in dated if not fact["when"].startswith("..")] or dated
    first = min(begun, key=lambda fact: (fact["start"], fact["when"]))
    ended = [fact for fact in dated if fact["until"] is not None]
    last = max(ended, key=lambda fact: (fact["until"], fact["when"]), default=first)
    return _ends(first["when"])[0], _ends(last["when"])[-1]


def _ends(when: str) -> list[str]:
    """The days of an EDTF text, without what qualifies them."""
    return [part.rstrip("?~%") for part in when.split("/") if part != ".."]


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _caption(facts: list[Row], total: int, kinds: Mapping[str, int]) -> str:
    actors = sum(count for kind, count in kinds.items() if kind not in PASSIVE)
    parts = [f"{len(facts):,} of {_counted(total, 'fact')}", _counted(actors, "actor")]
    parts += [_counted(kinds[kind], kind) for kind in ("place", "topic") if kinds.get(kind)]
    first, last = _span(facts)
    if first:
        parts.append(first if first == last else f"{first} to {last}")
    if holding := sum(fact["start"] is not None and fact["until"] is None for fact in facts):
        parts.append(f"{holding:,} still hold" + ("s" if holding == 1 else ""))
    return " · ".join(parts)


def _provenance(chosen: Chosen, about: About) -> str:
    """Where the facts are from, when the page was made and by what, as list items. Sources are those of the facts on the page,
    datasets those of all facts: where these are not the same, it says so."""
    facts, cut = chosen.shown, len(chosen.shown) < chosen.total
    drawn = f" of the {_counted(len(facts), 'fact')} drawn" if cut else ""
    given = f" of all {_counted(chosen.total, 'fact')}" if cut else ""
    named = Counter(source for fact in facts for source in fact.get("sources") or () if source != DERIVED)
    ranked = sorted(named, key=lambda source: (-named[source], source))
    items = []
    if ranked:
        more = f" and {len(ranked) - _SOURCES:,} more" if len(ranked) > _SOURCES else ""
        sources = ", ".join(f"<bdi>{html.escape(source)}</bdi> ({named[source]:,})" for source in ranked[:_SOURCES])
        items.append(f"Sources{drawn}: {sources}{more}")
    if derived := sum(fact.get("coded") == DERIVED for fact in facts):
        items.append(f"{_counted(derived, 'fact')}{' drawn' if cut else ''} derived from the others")
    for name, reports, licence in about.datasets:
        terms = _linked(licence) if licence else "licence not stated"
        items.append(f"Dataset <bdi>{html.escape(name)}</bdi>: {_counted(reports, 'report')}{given}; {terms}")
    if about.exported:
        items.append(f"Exported on {html.escape(about.exported)}")
    if about.command:
        items.append(f"Made by <code>{html.escape(about.command)}</code>")
    return "".join(f"<li>{item}</li>" for item in items)


def _linked(text: str) -> str:
    """Text with its web addresses as links."""
    parts = re.split(r"(https?://[^\s<>\"']+[\w/])", text)  # every second one is an address
    link = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'
    return "".join((link if at % 2 else "{0}").format(html.escape(part)) for at, part in enumerate(parts))


def _framed(parts: Mapping[str, str]) -> str:
    """The whole page as text."""
    from importlib.resources import files

    here = files("kg.export") / "page"
    vis_style, vis_script = _vis_network()
    style, frame = ((here / f"page.{kind}").read_text("utf-8") for kind in ("css", "html"))
    bodies = "\n".join((here / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    script = f'\n(() => {{\n"use strict";\n{bodies}}})();\n'
    policy = (
        f"default-src 'none'; script-src {_hash(vis_script)} {_hash(script)}; style-src {_hash(vis_style)} "
        f"{_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    blocks = {"policy": policy, "vis-style": vis_style, "vis-script": vis_script, "style": style, "script": script}
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda found: {**blocks, **parts}[found[1]], frame)


def _inert(value: object) -> str:
    """Strict JSON that neither ends a script element nor starts a comment in one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _vis_network() -> tuple[str, str]:
    """Style and script of the newest vis-network that pyvis brings along, licence comment included.

    Rules with pictures (the buttons of its edit mode, nine tenths of the style) are left out.
    Raises FileNotFoundError if pyvis has none.
    """
    import pyvis

    folders = (Path(pyvis.__file__).parent / "lib").glob("vis-*")
    ranked = sorted(folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.name)])
    if not ranked:
        raise FileNotFoundError("pyvis is installed without its copy of vis-network")
    style = (ranked[-1] / "vis-network.css").read_text("utf-8")
    script = (ranked[-1] / "vis-network.min.js").read_text("utf-8")
    plain = re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", style)
    return plain, re.sub(r"\n?//# sourceMappingURL=.*", "", script)
