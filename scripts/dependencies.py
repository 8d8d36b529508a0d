"""The packages that an installation brings, their licences, and what brings them: the page docs/dependencies.md.

Licences are what the packages say of themselves (core metadata: ``License-Expression``, or what was written before it was
there), as SPDX identifiers. One that is not among `COMPATIBLE`, those that a program under Apache-2.0 may depend on
(https://www.apache.org/legal/resolved.html, categories A and, unchanged as here, B), is an error: decide, then write it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
COMPATIBLE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "PSF-2.0", "Python-2.0", "Zlib",
}  # fmt: skip
#: What packages wrote before there were expressions, by its first line or its trove classifier.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
}
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==\S+ (?:.*\n)(?: {4}--hash.*\n)* {4}# via(?P<via>(?:.*\n)(?: {4}#   .*\n)*)", re.MULTILINE
)


def licence(package: str) -> str:
    """An SPDX expression.

    :raises SystemExit: if what the package says is unknown here, or not compatible.
    """
    about = metadata.metadata(package)
    written = (about["License"] or "").partition("\n")[0].strip()
    classified = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License :: OSI Approved ::")
    ]
    told = [about["License-Expression"], written, _SPDX.get(written), *(_SPDX.get(c) for c in classified)]
    for expression in filter(None, told):
        if set(re.split(r" AND | OR ", expression)) <= COMPATIBLE:
            return expression
    raise SystemExit(
        f"licence of {package}: {written or classified or 'none given'}; expected one of {', '.join(sorted(COMPATIBLE))}"
    )


def packages() -> Iterator[tuple[str, str, str]]:
    """Each locked package, its licence, and what needs it."""
    for found in _PINNED.finditer(LOCK.read_text(encoding="utf-8")):
        needed_by = re.findall(r"[\w.-]+", found["via"].replace("#", " ").replace("(pyproject.toml)", " "))
        yield found["name"], licence(found["name"]), ", ".join(needed_by)


def page() -> str:
    """The page, in Markdown."""
    lines = [f"| {name} | {terms} | {needed_by} |" for name, terms, needed_by in packages()]
    return "\n".join(
        (
            "# Dependencies\n",
            "*Made by `make docs` from `requirements.lock` and what the packages say of themselves; `make check` fails when it",
            "is stale, or when a licence is not known to go with Apache-2.0, which is this project's.*\n",
            "The page that `kg export` writes has vis-network in it, Apache-2.0 or MIT, as pyvis brings it. Of the extras,",
            "`igraph` is under the GPL, and so are programs that give it to others; nothing here imports it unless",
            "`Graph.to_igraph` is called. `make audit` asks the advisory database about every version in the lock.\n",
            "| package | licence | needed by |",
            "|---|---|---|",
            *lines,
            "",
        )
    )
