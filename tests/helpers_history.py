"""What can happen to a store, texts of every kind, and whether two stores say the same afterwards."""

from helpers_store import EXAMPLE, HOSTILE, write_rows

COLUMNS = ("native_id", "actor", "action", "target", "date", "source", "url")


def rows(*given):
    return [(*row, *("",) * (len(COLUMNS) - len(row))) for row in given]


def name(graph, write, *lines):
    """Give a graph a list of names, and look at all that it has again."""
    file = write().with_suffix(".names.csv")
    file.write_text("name,id,kind,state,role,start,until\n" + "\n".join(lines), encoding="utf-8")
    graph.add_names(file)
    graph.resolve_again()


DATES = (
    "1998?", "1999-06~", "1999-06-11%", "1999-21", "199X", "19XX~", "../1999-12-31", "1999-07/..", "1999-07-01/1999-07-03~",
    "1999-05-04", "1999-05",
)  # fmt: skip

#: What happens to a store, one after the other; each is done to both and compared.
HISTORY = {
    "a first file": lambda g, f: g.load(
        f(("r1", "USA", "meets", "RUS", "2009-03-27", "AP", "https://a.example/1"), ("r2", "USA", "meets", "RUS", "2009-03-27"),
          ("r3", "NATO", "proposes cooperation", "Russia", "2009-09"), ("r4", "Foo Bar", "sanctions", "Iran", "2009"),
          ("r5", "France", "condemns", "", "2009-01-02"), ("r6", "", "meets", "RUS", "2009-03-27"),
          ("r7", "USA", "meets", "RUS", "no day")), dataset="d"),
    "the same again": lambda g, f: g.load(
        f(("r1", "USA", "meets", "RUS", "2009-03-27", "AP", "https://a.example/1")), dataset="d"),
    "another witness and another spelling": lambda g, f: g.load(
        f(("x1", "United States of America", "meets", "Russian Federation", "2009-03-27", "dpa")), dataset="e"),
    "a correction": lambda g, f: g.load(f(("r4", "Foo Bar", "sanctions", "Iran", "2010")), dataset="d"),
    "a correction to another actor": lambda g, f: g.load(f(("r4", "Baz", "sanctions", "Iran", "2010")), dataset="d"),
    "one witness taken back": lambda g, f: g.retract("d", "r1"),
    "the last ones taken back": lambda g, f: (g.retract("d", "r2"), g.retract("e", "x1")),
    "it comes back": lambda g, f: g.load(f(("r1", "USA", "meets", "RUS", "2009-03-27", "AP")), dataset="d"),
    "an actor comes back": lambda g, f: g.load(f(("r9", "Foo Bar", "meets", "Baz", "1999-12-31/2000-01-02")), dataset="d"),
    "it goes again, and comes back under another spelling": lambda g, f: (
        g.retract("d", "r9"), g.load(f(("r9", "FOO BAR", "meets", "Baz", "1999-12-31/2000-01-02")), dataset="d")),
    "officials of two states": lambda g, f: g.load(
        f(("o1", "Foreign Ministry (Bhutan)", "meets", "Court (Chad)", "2009-03-27"),
          ("o2", "USA", "meets", "Court (Chad)", "2009-03-28")), dataset="d"),
    "one of the states goes with its official": lambda g, f: g.retract("d", "o1"),
    "a deed without target is taken back": lambda g, f: g.retract("d", "r5"),
    "the same row again, that was taken back": lambda g, f: (
        g.retract("d", "r9"), g.load(f(("r9", "Foo Bar", "meets", "Baz", "1999-12-31/2000-01-02")), dataset="d")),
    "dates of every precision and certainty": lambda g, f: g.load(
        f(*((f"t{n}", "Baz", "meets", "Foo Bar", date) for n, date in enumerate(DATES))), dataset="d"),
    "a date that is no longer in doubt, one that is now, one taken back": lambda g, f: (
        g.load(f(("t0", "Baz", "meets", "Foo Bar", "1998"), ("t9", "Baz", "meets", "Foo Bar", "1999-05-04%")), dataset="d"),
        g.retract("d", "t1")),
    "a list of names": lambda g, f: name(g, f, "Foo Bar,,person,Denmark,GOV,1999-01-01,2000-01-01", "Baz,NATO,,,,,"),
    "the row that was told under one of them": lambda g, f: g.load(
        f(("r9", "Foo Bar", "meets", "Baz", "1999-12-31/2000-01-02")), dataset="d"),
    "the example": lambda g, f: g.load(EXAMPLE),
    "another list, that takes one back": lambda g, f: name(g, f, "Baz,baz,,,,,", "Kommersant,IZVESTIA,,,,,"),
}  # fmt: skip

#: Texts that some engine, format or language could mistake.
TEXTS = [
    *HOSTILE, "Zażółć gęślą jaźń", "日本国", "العراق", "👩‍🚀 e\u0301", "tab\there", "line\u2028and\x85next", "a;b|c",
    "x" * 40_000, "'", "\\", "{}", "[1]",
]  # fmt: skip


def go_through(graph, folder):
    """Do all of `HISTORY`, with its files in a folder."""
    for n, do in enumerate(HISTORY.values()):
        do(graph, lambda *given, n=n: write_rows(folder / f"f{n}.csv", rows(*given), COLUMNS))


def same(ours, theirs, parts=("facts", "entities", "triples", "reports", "sources")):
    """Compare what `contents` of two graphs are, by default without changes and rejects: those count each try."""
    for part in parts:
        assert ours[part] == theirs[part], part
