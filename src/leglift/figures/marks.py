"""What all figures are drawn with: colours that mean the same everywhere, marks, bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

INK, GREY, PALE = "#222222", "#6B6B6B", "#DEDEDE"
# Okabe and Ito's colours, safe for the common kinds of colour blindness.
BLUE, ORANGE, GREEN, SKY, RED, PURPLE = (
    "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7"
)  # fmt: skip

STATES = {True: "lifted", False: "flat"}
STATE_COLOURS = {"lifted": RED, "flat": BLUE, "unknown": "#A8A8A8", "not visible": PALE}
STATE_MARKERS = {"lifted": "^", "flat": "o"}
"""A state looks the same in every figure; markers serve where there is no colour."""

METHODS = {"instrument": "instrument", "gap_rule": "gap rule", "legs_only": "legs only"}
METHOD_COLOURS = {"instrument": GREEN, "gap_rule": ORANGE, "legs_only": PURPLE}

SPLITS = ("study", "test")
"""Splits that are drawn; tables have `schemas.tables.SPLITS`."""

SPLIT_COLOURS = {"study": BLUE, "test": ORANGE, "fresh": PURPLE}
SPLIT_MARKERS = {"study": "o", "test": "D", "fresh": "s"}
"""Marks of the test are open, the others filled."""

CHANCE: dict[str, Any] = {"color": GREY, "lw": 0.8, "ls": (0, (4, 3))}
"""How a line looks that says where nothing is known."""


def in_words(name: str) -> str:
    """Return a table's word as a person writes it."""
    return name.replace("_", " ")


def caption(figure: Figure, text: str) -> None:
    """Write a line under the whole figure: whom it shows, and how many."""
    figure.supxlabel(text, x=0.01, ha="left", fontsize=8.5, color=GREY)


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel, the first at the top, with a grid to read values at."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(True, axis="x")  # without True it would take an existing grid away


def interval(
    ax: Axes,
    y: float,
    found: Mapping[str, Any] | None,
    colour: str,
    split: str = "study",
    label: str | None = None,
) -> None:
    """Draw a `value` with its bounds `low` and `high` in a row; nothing where it is not known."""
    if found is None or pd.isna(found["value"]):
        return
    if not pd.isna(found["low"]):
        ax.hlines(y, found["low"], found["high"], color=colour, lw=2.5, alpha=0.45)
    face = "white" if split == "test" else colour
    ax.plot(found["value"], y, SPLIT_MARKERS[split], color=colour, mfc=face, ms=6.5, label=label)


def spread(n: int, width: float) -> Floats:
    """Return shifts for `n` dots that would hide each other, the same every time."""
    return np.asarray(width * np.sin(2.4 * np.arange(n)))


def dots(ax: Axes, x: Any, y: Any, state: str, label: str | None = None) -> None:
    """Draw moments in the colour and with the marker of their state."""
    ax.plot(x, y, STATE_MARKERS[state], color=STATE_COLOURS[state], ms=4.5, alpha=0.6, mew=0,
            label=label)  # fmt: skip


def bars_by_split(ax: Axes, shares: pd.DataFrame) -> None:
    """Horizontal bars of the columns `study` and `test`, side by side in every row."""
    for split, shift in zip(SPLITS, (-0.2, 0.2), strict=True):
        y = np.arange(len(shares)) + shift
        ax.barh(y, shares[split], 0.36, color=SPLIT_COLOURS[split], label=split)
    name_rows(ax, [in_words(str(name)) for name in shares.index])


def stacked(ax: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    """Horizontal bars, a row of the table each, one colour a column, with their numbers."""
    before = np.zeros(len(table))
    for name, values in table.items():
        bars = ax.barh(range(len(table)), values, left=before, color=colours[str(name)], label=name)
        ax.bar_label(bars, [f"{v}" if v else "" for v in values], label_type="center", fontsize=8)
        before += values.to_numpy(float)
    name_rows(ax, [in_words(str(name)) for name in table.index])


def write_at(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    shift: tuple[int, int] = (0, 6),
    colour: str = INK,
) -> None:
    """Write a number beside a point, `shift` printer's points away."""
    ax.annotate(
        text, (x, y), shift, textcoords="offset points", ha="center", fontsize=8, color=colour
    )
