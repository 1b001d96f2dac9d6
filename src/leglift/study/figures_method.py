"""The method in one figure: a real rep, from what is stored of a video to its verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.motion.rep_back import KEYS
from leglift.study.marks import (
    DASHES,
    GREEN,
    INK,
    OUTCOME_COLOURS,
    PURPLE,
    caption,
    in_words,
)
from leglift.study.plots import draw_body, new_figure
from leglift.study.results import Results
from leglift.study.stick import StickFigure, stick_figures
from leglift.vision.corpus import table_path


def example(verdicts: pd.DataFrame) -> pd.Series:
    """Pick the rep that explains the method: the surest right arch that all raters saw.

    A both-leg raise from the side, if there is one. It is the clearest case, not a typical one.
    """
    seen = verdicts[(verdicts["outcome"] == "right") & (verdicts["label"] == "arched")]
    for wish in (
        seen["source"] == "unanimous",
        seen["exercise"] == "both_leg_raise",
        seen["view"] == "side",
        seen["lift_deg"].notna(),
    ):
        own = wish.reindex(seen.index)
        seen = seen[own] if own.any() else seen
    return seen.sort_values(["p_arched", *KEYS], ascending=[False, True, True]).iloc[0]


def method(results: Results, near: pd.Series) -> Figure:
    """Draw the steps: what is stored, the rep, its cues, the verdict; see `example`."""
    rep = example(results.study)
    own = results.moments
    own = own[(own["clip_id"] == rep["clip_id"]) & (own["rep"] == rep["rep"])]
    top_s = float(own.loc[own["leg_angle_deg"].idxmax(), "time_s"])
    figure = new_figure(11, 6.2)
    grid = figure.add_gridspec(2, 3, height_ratios=[1.15, 1])
    table = table_path(results.landmarks, rep["clip_id"])
    found = stick_figures(table, [top_s, rep["deciding_s"]], str(near.get(rep["clip_id"], "")))
    titles = ("1  Landmarks and outline, legs high", "2  The same rep, legs low")
    for i, (body, title) in enumerate(zip(found, titles, strict=True)):
        ax = figure.add_subplot(grid[0, i])
        _body(ax, body)
        ax.set_title(title)
    _leg(figure.add_subplot(grid[0, 2]), own, rep)
    _cue(figure.add_subplot(grid[1, 0]), own, "gap_norm", 100, "4  Gap at the waist (% of trunk)")
    _cue(figure.add_subplot(grid[1, 1]), own, "tilt_deg", 1, "5  Estimated tilt (deg)")
    _probability(figure.add_subplot(grid[1, 2]), rep)
    caption(
        figure,
        f"A real rep ({rep['person_id']}, clip {rep['clip_id']}, rep {rep['rep']}, "
        f"{in_words(rep['exercise'])}), chosen as the surest right verdict: the clearest case, not "
        "a typical one. Nothing else is kept of a video.",
    )
    return figure


def _body(ax: Axes, body: StickFigure | None) -> None:
    """Draw a body in the middle of its panel, whose heading stays where the others' are."""
    ax.set_axis_off()
    if body is None:
        return
    low, high = body.corners()
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", adjustable="datalim")
    draw_body(ax, body, 0.45)


def _leg(ax: Axes, own: pd.DataFrame, rep: pd.Series) -> None:
    ax.plot(own["time_s"], own["leg_angle_deg"], color=INK, lw=2)
    ax.margins(x=0.12)
    if np.isfinite(rep["lift_deg"]):
        ax.axhline(rep["lift_deg"], color=OUTCOME_COLOURS["arched"], lw=1, ls=DASHES)
        ax.text(0.98, 0.95, f"the back lifts\nat {rep['lift_deg']:.0f} deg", transform=ax.transAxes,
                ha="right", va="top", color=OUTCOME_COLOURS["arched"], fontsize=9)  # fmt: skip
    ax.set(title="3  Leg above the floor (deg)", xlabel="time (s)")
    ax.grid(axis="y")


def _cue(ax: Axes, own: pd.DataFrame, column: str, factor: float, title: str) -> None:
    colour = {"gap_norm": GREEN, "tilt_deg": PURPLE}[column]
    for phase, look in (("lift", (0, (2, 1))), ("hold", (0, (2, 1))), ("lowering", "-")):
        part = own[own["phase"] == phase]
        ax.plot(part["leg_angle_deg"], factor * part[column], color=colour, lw=2, ls=look)
    ax.set(title=title, xlabel="leg above the floor (deg); dashed while it is lifted")
    ax.invert_xaxis()
    ax.grid(axis="y")


def _probability(ax: Axes, rep: Any) -> None:
    for low, high, verdict in (
        (0.0, rep["unsure_from"], "good"),
        (rep["unsure_from"], rep["unsure_to"], "cant_tell"),
        (rep["unsure_to"], 1.0, "arched"),
    ):
        ax.axvspan(
            100 * low, 100 * high, 0.3, 0.55, color=OUTCOME_COLOURS[verdict], alpha=0.8, lw=0
        )
        ax.text(50 * (low + high), 0.24, in_words(verdict), ha="center", va="top", fontsize=9)
    ax.plot(100 * rep["p_arched"], 0.62, "v", color=INK, ms=11)
    ax.text(100 * rep["p_arched"], 0.7, f"{rep['p_arched']:.0%}", ha="center", fontweight="bold")
    ax.set(title="6  Probability of an arch (%)", xlim=(-2, 102), ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
