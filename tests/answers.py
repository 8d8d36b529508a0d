"""What each named question should answer, worked out from the facts themselves by plain Python: a function each, of its name.

They take what is known of a graph and the question's values, and give rows in their order.
"""

import datetime as dt
import itertools
from collections import Counter, defaultdict

from kg import actions
from kg.facts import NO_TARGET

STANDING = {row.type for row in actions.table().values() if row.aspect == "state"}
EPOCH = dt.date(1970, 1, 1)


class Known:
    """The facts of a graph and its entities by id."""

    def __init__(self, graph):
        self.facts = graph.facts()
        self.entities = {e.id: e for e in graph.entities()}

    def name(self, id_):
        return self.entities[id_].name


def coop(f):
    return f.quad_class in (1, 2)


def conflict(f):
    return f.quad_class in (3, 4)


def over(f, v):
    return f.date < v["until"] and (f.until is None or f.until > v["from"])


def began(f, v):
    return v["from"] <= f.date < v["until"]


def exact(f):
    """Whether the day on which it happened or began is known."""
    return f.precision in ("day", "span")


def holds(f, day):
    return f.date <= day and (f.until is None or f.until > day)


def between(k, v):
    """What two different actors did to each other."""
    return [f for f in k.facts if {f.actor, f.target} == {v["a"], v["b"]} and v["a"] != v["b"]]


def met(k, actor):
    """Facts of an actor with another one, and the other."""
    for f in k.facts:
        if actor in (f.actor, f.target) and f.actor != f.target and f.target != NO_TARGET:
            yield f, f.target if f.actor == actor else f.actor


def shown(f):
    return (f.date, f.precision, f.actor, f.type, f.action, f.target, f.reports, f.id)


def by_date(facts):
    return sorted(map(shown, facts), key=lambda r: (r[0], r[2], r[3], r[4], r[5], r[7]))


def activity_by_type(k, v):
    counts = defaultdict(lambda: [0, 0])
    for f in k.facts:
        if over(f, v):
            counts[f.date.year, f.type][0] += 1
            counts[f.date.year, f.type][1] += f.reports
    return [(*key, *n) for key, n in sorted(counts.items())]


def dyad_timeline(k, v):
    ends = {v["a"], v["b"]}
    return by_date(f for f in k.facts if {f.actor, f.target} == ends and over(f, v))


def dyad_timeline_of_states(k, v):
    def one(f, doer, other):
        return doer in (f.actor, f.actor_state) and other in (f.target, f.target_state)

    rows = [
        (f.date, f.precision, f.actor_state or f.actor, *shown(f)[2:])
        for f in k.facts
        if over(f, v) and (one(f, v["a"], v["b"]) or one(f, v["b"], v["a"]))
    ]
    return sorted(rows, key=lambda r: (r[0], *r[2:7], r[8]))


def facts_at(k, v):
    return by_date(f for f in k.facts if holds(f, v["at"]))


def facts_between(k, v):
    return by_date(f for f in k.facts if over(f, v))


def _spirits(k, v, pairs):
    counts = defaultdict(lambda: [0, 0, 0])
    for f, other in pairs:
        if over(f, v):
            counts[other][0] += 1
            counts[other][1] += coop(f)
            counts[other][2] += conflict(f)
    rows = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return [(id_, k.name(id_), *n) for id_, n in rows][: v["limit"]]


def partners(k, v):
    return _spirits(k, v, met(k, v["actor"]))


def partners_of_states(k, v):
    pairs = []
    for f in k.facts:
        does, meets = v["actor"] in (f.actor, f.actor_state), v["actor"] in (f.target, f.target_state)
        if f.target != NO_TARGET and does != meets:
            pairs.append((f, (f.target_state or f.target) if does else (f.actor_state or f.actor)))
    return _spirits(k, v, pairs)


def standing(k, day, *types):
    return [
        f for f in k.facts if f.type in (types or STANDING) and holds(f, day) and f.actor != f.target and f.target != NO_TARGET
    ]


def _relations(facts):
    rows = [(f.type, f.actor, f.action, f.target, f.date, f.until, f.reports, f.id) for f in facts]
    return sorted(rows, key=lambda r: (r[0], r[1], r[3], r[4], r[2], r[7]))


def relations_at(k, v):
    return _relations(f for f in standing(k, v["at"]) if v["actor"] in (f.actor, f.target))


def relations_between(k, v):
    return _relations(f for f in standing(k, v["at"]) if {f.actor, f.target} == {v["a"], v["b"]})


def office_holders_at(k, v):
    found = [f for f in standing(k, v["at"], "HOLDS_OFFICE") if f.target == v["of"]]
    rows = [(f.action, f.actor, k.name(f.actor), f.date, f.until, f.reports, f.id) for f in found]
    return sorted(rows, key=lambda r: (r[0], r[3], r[1], r[6]))


def members_at(k, v):
    found = [f for f in standing(k, v["at"], "MEMBERSHIP") if f.target == v["of"]]
    return sorted(((f.actor, k.name(f.actor), f.date, f.until, f.reports, f.id) for f in found), key=lambda r: (r[0], r[2], r[5]))


def sanctions_in_force(k, v):
    found = standing(k, v["at"], "SANCTIONS_IN_FORCE")
    rows = [(f.actor, f.target, f.action, f.date, f.until, f.reports, f.id) for f in found]
    return sorted(rows, key=lambda r: (r[1], r[0], r[3], r[2], r[6]))


def embassies_at(k, v):
    found = [f for f in standing(k, v["at"], "EMBASSY") if v["state"] in (f.actor, f.target)]
    rows = [(f.actor, f.target, f.action, f.date, f.until, f.reports, f.id) for f in found]
    return sorted(rows, key=lambda r: (r[0], r[1], r[3], r[2], r[6]))


def _months(k, v):
    """Quad classes by month of what began in it between two."""
    months = defaultdict(Counter)
    for f in between(k, v):
        if began(f, v) and f.precision != "year":
            months[f.date.isoformat()[:7]][f.quad_class] += 1
    return {month: (n, n[1] + n[2] - n[3] - n[4]) for month, n in sorted(months.items())}


def monthly_balance(k, v):
    return [(month, sum(n.values()), n[1], n[2], n[3], n[4], balance) for month, (n, balance) in _months(k, v).items()]


def turning_points(k, v):
    balances = [(month, balance) for month, (_, balance) in _months(k, v).items() if balance]
    return [
        (month, "cooperation" if now > 0 else "conflict", now, earlier, before)
        for (earlier, before), (month, now) in itertools.pairwise(balances)
        if (before > 0) != (now > 0) and abs(now - before) >= v["least"]
    ]


def first_and_last_contact(k, v):
    days = defaultdict(list)
    for f, other in met(k, v["actor"]):
        if over(f, v):
            days[other].append(f.date)
    rows = sorted(days.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(id_, k.name(id_), min(d), max(d), len(d)) for id_, d in rows][: v["limit"]]


def reciprocity(k, v):
    given, got = defaultdict(list), defaultdict(list)
    for f, other in met(k, v["actor"]):
        if over(f, v):
            (given if f.actor == v["actor"] else got)[other].append(f)
    rows = sorted(given.items(), key=lambda item: (-len(item[1]), item[0]))[: v["limit"]]
    return [
        (
            id_, k.name(id_), len(ours), len(got[id_]),
            *(sum(map(which, deeds)) for which in (coop, conflict) for deeds in (ours, got[id_])),
        )
        for id_, ours in rows
    ]  # fmt: skip


def who_sided_with_whom(k, v):
    by_target = defaultdict(list)
    for f in k.facts:
        if began(f, v) and exact(f) and f.quad_class and f.target not in (NO_TARGET, v["actor"], f.actor):
            by_target[f.target].append(f)
    thirds, sides = defaultdict(set), {True: defaultdict(set), False: defaultdict(set)}
    for third, facts in by_target.items():
        for ours, theirs in itertools.product(facts, facts):
            if ours.actor == v["actor"] != theirs.actor and abs((ours.date - theirs.date).days) <= v["days"]:
                thirds[theirs.actor].add(third)
                sides[coop(ours) == coop(theirs)][theirs.actor].add(ours.id)
    rows = [(id_, k.name(id_), len(found), len(sides[True][id_]), len(sides[False][id_])) for id_, found in thirds.items()]
    return sorted(rows, key=lambda r: (-r[3], r[4], r[0]))[: v["limit"]]


def common_targets(k, v):
    ends = (v["a"], v["b"])
    found = defaultdict(lambda: ([], []))
    for f in k.facts:
        if over(f, v) and f.actor in ends and f.target not in (*ends, NO_TARGET):
            for which in (0, 1):
                if f.actor == ends[which]:
                    found[f.target][which].append(f)
    rows = [
        (
            id_,
            k.name(id_),
            len({f.id for f in (*a, *b)}),
            *(sum(map(which, facts)) for facts in (a, b) for which in (coop, conflict)),
        )
        for id_, (a, b) in found.items()
        if a and b
    ]
    return sorted(rows, key=lambda r: (-r[2], r[0]))[: v["limit"]]


def enemy_of_my_enemy(k, v):
    actor = v["actor"]
    quarrels = Counter(other for f, other in met(k, actor) if conflict(f) and over(f, v))
    enemies, conflicts = defaultdict(set), Counter()
    for f in k.facts:
        if conflict(f) and over(f, v) and f.actor != f.target and actor not in (f.actor, f.target) and f.target != NO_TARGET:
            for enemy, other in ((f.actor, f.target), (f.target, f.actor)):
                if quarrels[enemy] >= v["least"]:
                    enemies[other].add(enemy)
                    conflicts[other] += 1
    friendly = Counter(other for f, other in met(k, actor) if coop(f) and over(f, v))
    rows = [(id_, k.name(id_), len(found), conflicts[id_], friendly[id_]) for id_, found in enemies.items()]
    return sorted(rows, key=lambda r: (-r[2], -r[3], r[0]))[: v["limit"]]


def mediators(k, v):
    found = defaultdict(lambda: [0, 0, 0])
    for which, end in enumerate((v["a"], v["b"])):
        for f, other in met(k, end):
            if coop(f) and over(f, v) and other not in (v["a"], v["b"]):
                found[other][which] += 1
                found[other][2] += f.code in ("039", "045")
    rows = [(id_, k.name(id_), *n) for id_, n in found.items() if n[0] and n[1]]
    return sorted(rows, key=lambda r: (-min(r[2], r[3]), -r[4], r[0]))[: v["limit"]]


def escalation_chains(k, v):
    deeds = [f for f in between(k, v) if began(f, v) and exact(f) and f.intensity is not None and f.intensity < 0]
    rows = [
        (f.date, f.actor, f.action, f.intensity, (g.date - f.date).days, g.action, g.intensity, f.scale, f.id, g.id)
        for f, g in itertools.product(deeds, deeds)
        if f.actor == g.target and 0 < (g.date - f.date).days <= v["days"] and f.scale == g.scale and g.intensity < f.intensity
    ]
    return sorted(rows, key=lambda r: (r[0], r[1], r[8], r[4], r[9]))[: v["limit"]]


def silence(k, v):
    at, dealings = v["at"], defaultdict(list)
    for f, other in met(k, v["actor"]):
        if f.type not in STANDING and f.date <= at:
            dealings[other].append(f.until or dt.date.max)
    rows = []
    for other, ends in dealings.items():
        since = max(ends)
        months = 12 * (at.year - since.year) + at.month - since.month - (at.day < since.day)
        if since <= at and months >= v["months"]:
            rows.append((other, k.name(other), since, months, len(ends)))
    return sorted(rows, key=lambda r: (-r[4], r[0]))[: v["limit"]]


def newcomers(k, v):
    first = {}
    for f in sorted(k.facts, key=lambda f: f.date):
        for end in (f.actor, f.target):
            first.setdefault(end, f.date)
    found = [(id_, k.name(id_), k.entities[id_].kind, day) for id_, day in first.items() if v["from"] <= day < v["until"]]
    return sorted((r for r in found if r[0] != NO_TARGET), key=lambda r: (r[3], r[0]))[: v["limit"]]


def witnesses_of(k, v):
    rows = []
    for f in k.facts:
        if f.id == v["fact"]:
            told = [("source", s) for s in f.sources] + [("url", u) for u in f.urls if u not in f.sources]
            rows += [(*one, f.date, f.actor, f.action, f.target, f.reports) for one in told]
    return sorted(rows)


def most_disputed(k, v):
    told = defaultdict(lambda: defaultdict(set))
    for f in k.facts:
        if began(f, v) and f.precision == "day" and f.quad_class and f.target not in (f.actor, NO_TARGET):
            for source in f.sources:
                told[f.date, f.actor, f.target][source].add(coop(f))
    rows = []
    for key, sources in told.items():
        n = Counter("both" if len(s) == 2 else max(s) for s in sources.values())
        if n[True] and n[False]:
            rows.append((*key, n[True], n[False], n["both"]))
    return sorted(rows, key=lambda r: (-min(r[3:5]), -sum(r[3:6]), *r[:3]))[: v["limit"]]


def paths_at(k, v):
    a, b = v["a"], v["b"]
    links = defaultdict(dict)  # of two entities: the first fact of each type
    for f in standing(k, v["at"]):
        for ends in ((f.actor, f.target), (f.target, f.actor)):
            links[ends][f.type] = min(f.id, links[ends].get(f.type, f.id))
    near = defaultdict(set)
    for one, other in links:
        near[one].add(other)
    ways = [(a, b)] if b in near[a] else []
    ways += [(a, m, b) for m in near[a] if b in near[m] and m != b]
    ways += [(a, m, n, b) for m in near[a] - {b} for n in near[m] - {a, b} if b in near[n]]
    rows = []
    for way in ways if a != b else []:
        for legs in itertools.product(*(links[pair].items() for pair in itertools.pairwise(way))):
            types, ids = [t for t, _ in legs], [i for _, i in legs]
            via, blank = [*way[1:-1]], [None] * (3 - len(legs))
            types, via, ids = types + blank, [*via, None, None][:2], ids + blank
            rows.append((len(legs), types[0], via[0], types[1], via[1], types[2], *ids))
    return sorted(rows, key=lambda r: (r[0], *(x or "" for x in r[1:6])))[: v["limit"]]


def answer(name, k, v):
    """The rows that a question should give for values."""
    return globals()[name.replace("-", "_")](k, v)
