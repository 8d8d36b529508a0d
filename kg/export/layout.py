"""Where the nodes of a drawn graph go: computed beforehand, so that a browser has nothing to calculate.

Each connected component is laid out on its own (networkx up to a few hundred nodes, PivotMDS of networkit
beyond), turned so that its long side lies flat, freed of overlaps, and packed beside the others. Nothing here
depends on the order of the input, the time or a random number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

Point = tuple[float, float]
Box = tuple[float, float]

BOX: Box = (64.0, 44.0)
"""Room for one node with its label when nothing else is said: width and height in pixels at zoom 1."""
EDGE = 130.0
"""Length of an edge in a small drawing, in pixels at zoom 1."""
SIGHT = 44.0
"""Least length that is to be seen of an edge in a small drawing, in pixels at zoom 1."""
CROWD = 40.0
"""Least distance between two nodes in a large drawing, in pixels at zoom 1."""
GAP = 50.0
"""Free room between two components, in pixels."""
FLAT = 1.5
"""Width over height that the whole drawing aims at."""

_EXACT = 150  # nodes up to which Kamada-Kawai is worth its cubic cost (0.4 s)
_SMALL = 300  # nodes up to which a spring model is (0.4 s)
_LABELLED = 100  # nodes up to which every label gets its own room
_CAREFUL = 60  # components that get a layout of their own; the many little ones after them become rings
_GOLDEN = math.pi * (3 - math.sqrt(5))


def positions(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], *, boxes: Mapping[str, Box] | None = None
) -> dict[str, Point]:
    """Give each node a place; the same graph always gets the same places, whatever the order of its parts.

    nodes: ids, repeats allowed. edges: pairs of ids; direction, repeats and self loops make no difference.
    boxes: room a node takes together with its label, (width, height) in pixels; `BOX` for those not named.
    Returns id -> (x, y) in pixels at zoom 1, y growing downwards, the drawing's middle at (0, 0).
    Raises ValueError if an edge names a node that is not in `nodes`.
    """
    near: dict[str, set[str]] = {node: set() for node in sorted(set(nodes))}
    for a, b in edges:
        if a not in near or b not in near:
            raise ValueError(f"edge {a!r} - {b!r} names a node that is not in the list of nodes")
        if a != b:
            near[a].add(b)
            near[b].add(a)
    if not near:
        return {}
    room = boxes or {}
    parts = _components(near)
    drawn = [_draw(part, near, room, careful=rank < _CAREFUL) for rank, part in enumerate(parts)]
    return _pack(parts, drawn, room)


def _components(near: Mapping[str, set[str]]) -> list[list[str]]:
    """Connected components, largest first, each in order of its ids."""
    seen: set[str] = set()
    parts: list[list[str]] = []
    for start in near:
        if start in seen:
            continue
        seen.add(start)
        part = [start]
        for node in part:  # grows while it is read
            fresh = near[node] - seen
            seen |= fresh
            part.extend(fresh)
        parts.append(sorted(part))
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def _draw(part: list[str], near: Mapping[str, set[str]], room: Mapping[str, Box], *, careful: bool) -> Any:
    """Coordinates of one component, an array of (len(part), 2)."""
    import numpy as np

    if len(part) > _SMALL:
        return _separate_many(_flatten(_draw_large(part, near)) * (1.25, 0.85), CROWD)
    size = np.array([room.get(node, BOX) for node in part], dtype=float)
    if len(part) == 1:
        return np.zeros((1, 2))
    hub = next((i for i, node in enumerate(part) if len(near[node]) == len(part) - 1), None)
    star = hub is not None and all(len(near[node]) == 1 for i, node in enumerate(part) if i != hub)
    if star and hub is not None and len(part) > 2:
        spots = np.insert(_around(len(part) - 1, EDGE, _typical(size)), hub, 0.0, axis=0)
    elif careful and len(part) > 2:
        size = np.minimum(size, BOX) if len(part) > _LABELLED else size
        spots = _flatten(_draw_small(part, near, size)) * (1.2, 0.9)
    else:
        spots = _ring(len(part), max(EDGE / 2, len(part) * float(size[:, 0].mean()) / (2 * math.pi)))
    return _separate_few(spots, size, _linked(part, near))


def _linked(part: list[str], near: Mapping[str, set[str]]) -> Any:
    """For all pairs of nodes, in the order of `numpy.triu_indices`, whether there is an edge between them."""
    import numpy as np

    return np.array([b in near[a] for i, a in enumerate(part) for b in part[i + 1 :]], dtype=bool)


def _draw_small(part: list[str], near: Mapping[str, set[str]], size: Any) -> Any:
    """Kamada-Kawai or a spring model, scaled so that boxes and edges find room."""
    import networkx as nx
    import numpy as np

    graph = nx.Graph()
    graph.add_nodes_from(part)
    graph.add_edges_from((a, b) for a in part for b in sorted(near[a]) if a < b)
    exact = len(part) <= _EXACT
    found = nx.kamada_kawai_layout(graph) if exact else nx.spring_layout(graph, seed=1, iterations=100)
    spots = np.array([found[node] for node in part], dtype=float)
    lengths = np.array([np.linalg.norm(np.subtract(found[a], found[b])) for a, b in graph.edges])
    by_edges = EDGE / max(float(np.median(lengths)), 1e-9)
    across = np.ptp(spots, axis=0).max() or 1.0
    by_room = math.sqrt(len(part)) * 1.4 * _typical(size) / across
    return spots * max(min(by_edges, 1.6 * by_room), by_room)


def _draw_large(part: list[str], near: Mapping[str, set[str]]) -> Any:
    """PivotMDS for the nodes with two neighbours or more, each hub's leaves in a disc around it."""
    import numpy as np

    core = [node for node in part if len(near[node]) > 1]
    leaves: dict[str, list[str]] = {node: [] for node in core}
    for node in part:
        if len(near[node]) == 1:
            leaves[next(iter(near[node]))].append(node)
    at = {node: i for i, node in enumerate(core)}
    pairs = np.array([(at[a], at[b]) for a in core for b in sorted(near[a]) if b in at and a < b], dtype=int)
    radius = CROWD * 0.62 * np.sqrt(1.0 + np.array([len(leaves[node]) for node in core]))
    spots = _spread(_pivots(len(core), pairs), radius)
    spots = _spread(_relax(spots, pairs.reshape(-1, 2), radius), radius)
    found = dict(zip(core, spots, strict=True))
    for hub, own in leaves.items():
        found.update(zip(own, found[hub] + _disc(len(own), CROWD), strict=True))
    return np.array([found[node] for node in part])


def _pivots(count: int, pairs: Any) -> Any:
    """PivotMDS of a connected graph of `count` nodes, scaled to a mean distance of 1 from the middle."""
    import networkit as nk
    import numpy as np

    if count < 3:
        return _ring(count, 1.0) if count == 2 else np.zeros((count, 2))
    graph = nk.Graph(count)
    for a, b in pairs.tolist():
        graph.addEdge(a, b)
    threads = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(1)  # sums in another order differ in the last digit
    try:
        nk.setSeed(1, False)
        run = nk.viz.PivotMDS(graph, 2, min(50, count))
        run.run()
        spots = np.array(run.getCoordinates(), dtype=float)
    finally:
        nk.setNumberOfThreads(threads)
    spots -= spots.mean(axis=0)
    spread = np.abs(spots).mean(axis=0)
    spots /= np.where(spread > 1e-9, spread, 1.0)  # a graph of few hubs comes out nearly as a line
    turn = np.arange(count) * _GOLDEN
    return spots + 0.02 * np.column_stack((np.cos(turn), np.sin(turn)))  # parts nodes on one point


def _spread(spots: Any, radius: Any) -> Any:
    """Keep each node's direction from the middle and the order outwards, and give each the room it needs."""
    import numpy as np

    spots = spots - np.median(spots, axis=0)
    far = np.linalg.norm(spots, axis=1)
    order = np.argsort(far, kind="stable")
    within = np.empty_like(far)
    within[order] = np.cumsum(radius[order] ** 2) - radius[order] ** 2 / 2
    return spots * (np.sqrt(within * 2.2) / np.maximum(far, 1e-9))[:, None]


def _relax(spots: Any, pairs: Any, radius: Any, rounds: int = 45) -> Any:
    """Springs along the edges against discs that push each other away, cooling down over `rounds`."""
    import numpy as np

    degree = np.maximum(np.bincount(pairs.ravel(), minlength=len(spots)), 1)[:, None]
    wish = radius[pairs[:, 0]] + radius[pairs[:, 1]] + CROWD * 0.8
    reach = 2.5 * CROWD
    large = np.flatnonzero(radius > 1.5 * CROWD)
    for step in range(rounds):
        move = np.zeros_like(spots)
        along = spots[pairs[:, 1]] - spots[pairs[:, 0]]
        length = np.linalg.norm(along, axis=1) + 1e-9
        pull = along * ((length - wish) / length)[:, None] * 0.5
        _add(move, pairs[:, 0], pull)
        _add(move, pairs[:, 1], -pull)
        move /= degree
        close = _pairs_within(spots, reach)
        _push(move, spots, close[:, 0], close[:, 1], reach, 0.35)
        for hub in large.tolist():
            away = spots - spots[hub]
            far = np.linalg.norm(away, axis=1) + 1e-9
            force = np.clip(radius[hub] + radius - far, 0, None) * 0.4
            move += away * (force / far)[:, None]
        most = CROWD * 4 * (1 - step / rounds) + 2.0
        size = np.linalg.norm(move, axis=1, keepdims=True) + 1e-9
        spots = spots + move * np.minimum(1.0, most / size)
    return spots


def _pairs_within(spots: Any, reach: float) -> Any:
    """Indices (a, b) of all nodes nearer than `reach` to each other."""
    spatial: Any = import_module("scipy.spatial")  # has no types of its own
    return spatial.cKDTree(spots).query_pairs(reach, output_type="ndarray")


def _push(move: Any, spots: Any, a: Any, b: Any, reach: float, share: float) -> None:
    """Add to `move` what drives each pair (a, b) nearer than `reach` apart."""
    import numpy as np

    along = spots[b] - spots[a]
    length = np.linalg.norm(along, axis=1)
    still = length < 1e-6
    along[still] = np.column_stack((np.cos(a[still] * _GOLDEN), np.sin(b[still] * _GOLDEN))) + 1e-3
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    force = along * (np.clip(reach - length, 0, None) / length * share)[:, None]
    _add(move, a, -force)
    _add(move, b, force)


def _add(total: Any, index: Any, values: Any) -> None:
    import numpy as np

    for axis in (0, 1):
        total[:, axis] += np.bincount(index, values[:, axis], minlength=len(total))


def _separate_many(spots: Any, distance: float, rounds: int = 60) -> Any:
    """Move nodes until no two are nearer than about `distance`, each as little as it takes."""
    import numpy as np

    for _ in range(rounds):
        close = _pairs_within(spots, distance * 0.98)
        if not len(close):
            break
        move = np.zeros_like(spots)
        _push(move, spots, close[:, 0], close[:, 1], distance, 0.5)
        count = np.bincount(close.ravel(), minlength=len(spots))
        spots = spots + move / np.sqrt(np.maximum(count, 1))[:, None]
    return spots


def _separate_few(spots: Any, size: Any, linked: Any, rounds: int = 300) -> Any:
    """Move nodes until their boxes are apart, those of linked ones by `SIGHT`, along the shorter way out."""
    import numpy as np

    a, b = np.triu_indices(len(spots), 1)
    need = (size[a] + size[b]) / 2 + SIGHT * linked[:, None]
    spots = spots.astype(float).copy()
    for _ in range(rounds):
        along = spots[b] - spots[a]
        over = need - np.abs(along)
        hit = np.flatnonzero((over > 0.5).all(axis=1))
        if not len(hit):
            break
        axis = np.where(over[hit, 0] / need[hit, 0] < over[hit, 1] / need[hit, 1], 0, 1)
        sign = np.where(along[hit, axis] < 0, -1.0, 1.0)
        shift = sign * over[hit, axis] * 0.3
        np.subtract.at(spots, (a[hit], axis), shift)
        np.add.at(spots, (b[hit], axis), shift)
    return spots


def _flatten(spots: Any) -> Any:
    """Turn a drawing so that its longer side lies flat."""
    import numpy as np

    spots = spots - spots.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(spots.T))
    axes = axes[:, ::-1]
    axes = axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0)
    return spots @ axes


def _typical(size: Any) -> float:
    """Side of a square as large as the mean box."""
    return math.sqrt(float(size.prod(axis=1).mean()))


def _ring(count: int, radius: float) -> Any:
    import numpy as np

    turn = np.arange(count) * (2 * math.pi / count)
    return radius * np.column_stack((np.cos(turn), np.sin(turn)))


def _disc(count: int, spacing: float) -> Any:
    """`count` places around a hub, like the seeds of a sunflower."""
    import numpy as np

    rank = np.arange(count)
    far = spacing * np.sqrt(0.8 + rank * 0.42)
    return np.column_stack((far * np.cos(rank * _GOLDEN), far * np.sin(rank * _GOLDEN)))


def _around(count: int, radius: float, spacing: float) -> Any:
    """Leaves of a star: a ring if they fit, else a disc."""
    return _ring(count, radius) if count <= 14 else _disc(count, max(spacing, 1.0))


def _pack(parts: list[list[str]], drawn: list[Any], room: Mapping[str, Box]) -> dict[str, Point]:
    """The largest component first, the others in columns beside or rows below it, the whole around (0, 0)."""
    import numpy as np

    halves = [np.array([room.get(node, BOX) for node in part]) / 2 for part in parts]
    low = [(spots - half).min(axis=0) for spots, half in zip(drawn, halves, strict=True)]
    high = [(spots + half).max(axis=0) for spots, half in zip(drawn, halves, strict=True)]
    extent = np.array([top - bottom + GAP for top, bottom in zip(high, low, strict=True)])
    beside, beside_cost = _shelve(extent, FLAT)
    below, below_cost = _shelve(extent[:, ::-1], 1 / FLAT)
    corner = beside if beside_cost <= below_cost / FLAT else below[:, ::-1]
    spots = np.concatenate([d - b + c for d, b, c in zip(drawn, low, corner, strict=True)])
    spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    names = [node for part in parts for node in part]
    places = (spots.round(1) + 0.0).tolist()  # no -0.0
    return {node: (x, y) for node, (x, y) in zip(names, places, strict=True)}


def _shelve(extent: Any, flat: float) -> tuple[Any, float]:
    """Corners of boxes in columns, and the height of the screen `flat` times as wide that holds them all."""
    import numpy as np

    area = float(extent.prod(axis=1).sum())
    height = max(float(extent[:, 1].max()), math.sqrt(area / flat))
    corner = np.zeros_like(extent)
    left, top, width = 0.0, 0.0, 0.0
    for i, (wide, tall) in enumerate(extent.tolist()):
        if top and (top + tall > height or i == 1):
            left, top, width = left + width, 0.0, 0.0
        corner[i] = (left, top)
        top, width = top + tall, max(width, wide)
    if len(extent) > 1:
        corner[0, 1] = (float((corner + extent)[:, 1].max()) - extent[0, 1]) / 2
    across, down = (corner + extent).max(axis=0).tolist()
    return corner, max(across / flat, down)
