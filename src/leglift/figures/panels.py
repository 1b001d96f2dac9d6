"""What several figures are put together from: two panels, bars by split, stacked bars, numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.study import marks
from leglift.study.plots import new_figure

SPLIT_COLOURS = {"study": marks.BLUE, "test": marks.ORANGE, "fresh": marks.PURPLE}


def two_panels(width_in: float, height_in: float, **how: Any) -> tuple[Figure, tuple[Axes, Axes]]:
    """Return a figure and its two panels, side by side; `how` goes to `Figure.subplots`."""
    figure = new_figure(width_in, height_in)
    left, right = figure.subplots(1, 2, **how)
    return figure, (left, right)


def bars_by_split(ax: Axes, shares: pd.DataFrame) -> None:
    """Horizontal bars of the columns `study` and `test`, side by side in every row."""
    for split, shift in zip(marks.SPLITS, (-0.2, 0.2), strict=True):
        y = np.arange(len(shares)) + shift
        ax.barh(y, shares[split], 0.36, color=SPLIT_COLOURS[split], label=split)
    marks.name_rows(ax, [marks.in_words(str(name)) for name in shares.index])


def stacked(ax: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    """Horizontal bars, a row of the table each, one colour a column, with their numbers."""
    before = np.zeros(len(table))
    for name, values in table.items():
        bars = ax.barh(range(len(table)), values, left=before, color=colours[str(name)], label=name)
        ax.bar_label(bars, [f"{v}" if v else "" for v in values], label_type="center", fontsize=8)
        before += values.to_numpy(float)
    marks.name_rows(ax, [marks.in_words(str(name)) for name in table.index])


def write_at(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    shift: tuple[int, int] = (0, 6),
    colour: str = marks.INK,
) -> None:
    """Write a number beside a point, `shift` printer's points away."""
    ax.annotate(
        text, (x, y), shift, textcoords="offset points", ha="center", fontsize=8, color=colour
    )
