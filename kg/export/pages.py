"""The page of a view of a store: as a file or in a notebook, with where its facts are from and the command for it."""

from __future__ import annotations

import datetime as dt
import html
import logging
import os
import shlex
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import NothingLoaded
from kg.export.html import About, page, write_page
from kg.facts import DERIVED
from kg.loaders import all_loaders

if TYPE_CHECKING:
    from kg.stores.base import Store
    from kg.views import View

#: Most facts on a page if nothing else is said.
USUAL = 10_000
#: Options of a view that are not called as its field is.
_OPTIONS = {"start": "from"}


#: Most facts on a page in a notebook, and most that are read to make one.
INLINE, READ = 1_000, 20_000


def write(store: Store, view: View, path: Path, *, title: str | None, limit: int = USUAL, asked: View | None = None) -> int:
    """Write the page of a view's facts; returns how many it shows. What is left out is logged as a warning.

    :param asked: the view that was asked for, where the store is a copy of what it means.
    """
    told = about(store, view, path.name, title=title, limit=limit, asked=asked)
    summary = write_page(path, *_parts(store, view), told, limit=limit)
    if summary.left_out:
        logging.getLogger("kg").warning("%s --top N draws more.", summary.left_out)
    return summary.shown


def frame(store: Store, view: View) -> str:
    """The page of a view as HTML for a notebook's cell; a line of text if nothing is loaded or it is too much for a picture."""
    try:
        facts = int(store.info()["facts"]) if view.whole else 0
        count = facts if facts > READ else _count(store, view)
    except NothingLoaded as error:
        return f"<p>{html.escape(error.message)}.</p>"
    if count > READ:
        return f"<p>{html.escape(str(store))}: {count:,} facts, too many for a picture here; narrow them or export a page.</p>"
    shown = About(title=f"{count:,} fact{'' if count == 1 else 's'}")
    text = page(*_parts(store, view), shown, limit=INLINE)[0].decode("utf-8")
    looks = 'width="100%" height="620" style="border: 1px solid #8886" sandbox="allow-scripts allow-popups"'
    return f'<iframe {looks} title="Graph of facts" srcdoc="{html.escape(text)}"></iframe>'


def _count(store: Store, view: View) -> int:
    with store.viewing(view) as con:
        return int(con.execute(f"SELECT count(*) FROM ({view.believed()})", view.values()).fetchall()[0][0])


def _parts(store: Store, view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Entities and facts as a page takes them."""
    return [asdict(e) for e in store.entities(view)], [{**asdict(f), "when": f.when} for f in store.facts(view)]


def about(store: Store, view: View, name: str, *, title: str | None, limit: int = USUAL, asked: View | None = None) -> About:
    """What the page called ``name`` of a view is to say of itself. The day is today's, or that of ``SOURCE_DATE_EPOCH``; the
    command is for the view ``asked``, if that is another one."""
    return About(
        title=title or f"Relations between states: {name.rsplit('.', 1)[0]}",
        command=command(asked or view, name, title=title, limit=limit),
        exported=_today().isoformat(),
        datasets=datasets(store, view),
    )


def command(view: View, name: str, *, title: str | None, limit: int) -> str:
    """The command line that exports a view under a name. Where the store is stays out: the page goes to others."""
    words = ["kg", "export", name]
    for field in fields(view):
        value = getattr(view, field.name)
        if value == field.default:
            continue
        if field.name == "known_at":  # a view has the first instant that no longer counts
            value = (value - dt.timedelta(microseconds=1)).isoformat()
        option = "--" + _OPTIONS.get(field.name, field.name).replace("_", "-")
        words += [option] if value is True else [option, str(value)]
    words += ["--title", title] if title else []
    words += ["--top", str(limit)] if limit != USUAL else []
    return shlex.join(words)


def datasets(store: Store, view: View) -> list[tuple[str, int, str]]:
    """The datasets that report a view's facts, with the number of reports and the licence that their loader names, if any."""
    terms = {loader.header.get("dataset"): loader.header.get("licence", "") for loader in all_loaders().values()}
    sql = f"""SELECT dataset, count(*) FROM kg.report
        SEMI JOIN (SELECT unnest(witnesses) AS id FROM ({view.believed()})) USING (id)
        WHERE dataset <> '{DERIVED}' GROUP BY 1 ORDER BY 2 DESC, 1"""
    with store.viewing(view) as con:
        rows = con.execute(sql, view.values()).fetchall()
    return [(name, count, terms.get(name) or "") for name, count in rows]


def _today() -> dt.date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")  # https://reproducible-builds.org/specs/source-date-epoch/
    return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date() if epoch else dt.date.today()
