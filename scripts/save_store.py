"""Save a small store in the record's format of today for tests/test_saved.py, which opens it ever after.

Run it once when the format (`kg.stores.record.FORMAT`) has got a new number; what was saved before stays. The store has a
correction, a retraction, an undone load, names of a user, a rejected row, derived relations and facts merged into a deed.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import kg
from kg.export import tables
from kg.stores.record import FORMAT

SAVED = Path(__file__).resolve().parent.parent / "tests" / "inputs" / "saved"
FILES = {
    "facts.csv": (SAVED / "facts.csv").read_text(encoding="utf-8"),
    "more.csv": """native_id,actor,action,target,date,quote
q3,NATO,proposes cooperation,Russia,2009-09-18,
q5,USA,meets,Russia,2009-02-30,
""",
    "names.csv": """name,id,kind
Ruritania,RUR,state
""",
    "wire.csv": """actor,action,target,date
NATO,offers cooperation to,Russia,2009-09-19
""",
}


def main() -> None:
    """Write ``format-N.kgbackup`` and, beside it, what the facts and the loads of the store are."""
    backup = SAVED / f"format-{FORMAT}.kgbackup"
    if backup.exists():
        sys.exit(f"{backup} is there, and what is saved is never written anew")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        graph = saved()
        graph.backup(backup)
        loads = graph.loads()
        for end, columns, rows in (
            ("", graph.columns, graph.rows()),
            ("-loads", [*loads[0]], ([*load.values()] for load in loads)),
        ):
            with backup.with_name(f"format-{FORMAT}{end}.csv").open("w", encoding="utf-8", newline="") as file:
                tables.write_rows(columns, rows, file, "csv")


def saved() -> kg.Graph:
    """The store, made where we are, so that it says of its files their names only."""
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    graph = kg.open("s.kg")
    for file in ("facts.csv", "more.csv"):
        graph.load(file, dataset="saved")
    graph.retract("saved", "q4")
    graph.load("facts.csv", dataset="again")
    graph.undo(graph.loads()[-1]["id"])
    graph.add_names("names.csv")
    graph.load("wire.csv")
    graph.merge("1d", "root")
    return graph


if __name__ == "__main__":
    main()
