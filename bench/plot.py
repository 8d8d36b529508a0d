"""A plot of cost against size: python bench/plot.py FILE.svg 'NAME=ROWS:SECONDS,...' ...; needs matplotlib."""

from __future__ import annotations

import sys

import matplotlib


def main() -> None:
    matplotlib.use("svg")
    # The same figures give the same file, whose text stays text.
    matplotlib.rcParams.update({"svg.hashsalt": "kg", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot as plt

    file, *series = sys.argv[1:]
    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    for text in series:
        name, _, points = text.partition("=")
        if not points:
            continue
        pairs = [tuple(map(float, point.split(":"))) for point in points.split(",")]
        ours = name.startswith("this")
        axes.loglog(
            *zip(*pairs, strict=True), marker="o", label=name, linewidth=2.5 if ours else 1.2, markersize=5 if ours else 3
        )
    axes.set(xlabel="rows, three a fact", ylabel="seconds until the first answer")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    figure.savefig(file, metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main()
