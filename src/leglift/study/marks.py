"""What all figures are drawn with: colours that mean the same everywhere, and common marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.motion.rep_back import KEYS
from leglift.motion.segment import Motion

Floats = npt.NDArray[np.float64]

INK, GREY, PALE = "#222222", "#6B6B6B", "#DEDEDE"
# Okabe and Ito's colours, safe for the common kinds of colour blindness.
BLUE, ORANGE, GREEN, SKY, RED, PURPLE = (
    "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7"
)  # fmt: skip
BROWN = "#8F6300"
OUTCOME_COLOURS = {"good": BLUE, "arched": RED, "cant_tell": "#A8A8A8"}
OUTCOME_NAMES = {"good": "good", "arched": "arched", "cant_tell": "can't tell"}
OUTCOME_MARKERS = {"good": "o", "arched": "^", "cant_tell": "x"}
"""An outcome looks the same in every figure; markers serve where there is no colour."""

LABELS = ("good", "arched")
DASHES: Any = (0, (4, 3))
CHANCE: dict[str, Any] = {"color": GREY, "lw": 0.8, "ls": DASHES}
"""How a line looks that says where nothing is known."""


# --- words ----------------------------------------------------------------------------------------


def in_words(name: str) -> str:
    """Return a table's word as a person writes it."""
    return OUTCOME_NAMES.get(name, name.replace("_", " "))


def people_words(n: int) -> str:
    """Say how many people."""
    return f"{n} person" if n == 1 else f"{n} people"


def n_words(table: pd.DataFrame, label: str) -> str:
    """Say how many reps of how many people have a label, such as `good (142 reps, 27 people)`."""
    reps = table[table["label"] == label]
    n_reps, n_people = len(reps[KEYS].drop_duplicates()), reps["person_id"].nunique()
    return f"{in_words(label)} ({n_reps} reps, {people_words(n_people)})"


def caption(figure: Figure, text: str) -> None:
    """Write a line under the whole figure: whom it shows, and how many."""
    figure.supxlabel(text, x=0.01, ha="left", fontsize=8.5, color=GREY)


# --- rows, intervals and dots ---------------------------------------------------------------------


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel, the first at the top, with a grid to read values at."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(True, axis="x")  # without True it would take an existing grid away


def interval(
    ax: Axes, y: float, found: Mapping[str, Any] | None, colour: str, mark: str = "o"
) -> None:
    """Draw a `value` with its bounds `low` and `high` in a row; nothing where it is not known."""
    if found is None or pd.isna(found["value"]):
        return
    if not pd.isna(found["low"]):
        ax.hlines(y, found["low"], found["high"], color=colour, lw=2.5, alpha=0.45)
    ax.plot(found["value"], y, mark, color=colour, ms=6)


def spread(n: int, width: float) -> Floats:
    """Return shifts for `n` dots that would hide each other, the same every time."""
    return np.asarray(width * np.sin(2.4 * np.arange(n)))


def dots(ax: Axes, x: Any, y: Any, label: str, size: float = 4.5, words: str | None = None) -> None:
    """Draw reps or people in the colour and with the marker of their label."""
    ax.plot(x, y, OUTCOME_MARKERS[label], color=OUTCOME_COLOURS[label], ms=size, alpha=0.6, mew=0,
            label=words)  # fmt: skip


def band(ax: Axes, x: Any, courses: tuple[Any, Any, Any], label: str) -> None:
    """Draw a label's course with its band; `courses` are low, middle and high."""
    low, middle, high = courses
    colour = OUTCOME_COLOURS[label]
    ax.fill_between(x, low, high, color=colour, alpha=0.16, lw=0)
    ax.plot(x, middle, color=colour, lw=2.2, marker=OUTCOME_MARKERS[label], ms=4.5)


# --- legs over time -------------------------------------------------------------------------------


def legs_over_time(ax: Axes, motion: Motion) -> None:
    """Draw both legs' angles, shot by shot, with the reps that were found shaded."""
    for rep in motion.reps.itertuples():
        ax.axvspan(rep.start_s, rep.end_s, color=SKY, alpha=0.35, lw=0)
    for rank, colour in (("far", ORANGE), ("near", INK)):
        for _, shot in motion.signals.groupby("shot_idx"):
            ax.plot(shot["time_s"], shot[f"{rank}_leg_deg"], color=colour, lw=1.1)
    ax.axhline(0, color=GREY, lw=0.7)
    ax.set(ylim=(-30, 150), yticks=[0, 45, 90])
    ax.margins(x=0)
    ax.tick_params(labelsize=7.5, length=2)
