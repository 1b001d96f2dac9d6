"""Figures of notebook 05: every rep that went wrong, as the instrument saw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from leglift.motion.rep_back import KEYS
from leglift.motion.segment import Motion
from leglift.params import load_params
from leglift.study.failures import CAUSES, OUTCOMES, blame, cause_counts
from leglift.study.figures_signals import caption
from leglift.study.plots import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    OUTCOME_COLOURS,
    PURPLE,
    SKY,
    draw_body,
    in_words,
    new_figure,
)
from leglift.study.results import Results
from leglift.study.stick import StickFigure, stick_figures
from leglift.vision.corpus import table_path

KIND_COLOURS = {"missed arch": OUTCOME_COLOURS["arched"], "false alarm": OUTCOME_COLOURS["good"],
                "not judged": "#D9D9D9",
                "too close to call": OUTCOME_COLOURS["cant_tell"]}  # fmt: skip
"""A failure has the colour of its label; no verdict is grey."""

TRACES = {"gap_norm": ("gap (% of trunk)", 100.0), "tilt_deg": ("tilt (deg)", 1.0)}
_WIDTH_IN, _ROW_IN, _COLUMNS = 13.0, 1.62, 2
_BODY_NORM = 3.7


# --- counts ---------------------------------------------------------------------------------------


def causes(verdicts: pd.DataFrame) -> Figure:
    """Draw how many reps each named cause took, by kind of failure."""
    counts = cause_counts(verdicts)
    figure = new_figure(9, 0.38 * len(counts) + 1.5)
    ax = figure.subplots()
    left = np.zeros(len(counts))
    for kind, colour in KIND_COLOURS.items():
        ax.barh(range(len(counts)), counts[kind], left=left, color=colour, height=0.7, label=kind)
        left += counts[kind].to_numpy()
    for y, row in enumerate(counts.itertuples()):
        who = "person" if row.people == 1 else "people"
        ax.annotate(f"{row.reps} reps, {row.people} {who}", (row.reps, y), (5, 0), va="center",
                    textcoords="offset points", fontsize=9)  # fmt: skip
    ax.set_yticks(range(len(counts)), counts.index)
    ax.invert_yaxis()
    ax.set(xlabel="reps", xlim=(0, 1.2 * max(left.max(), 1)))
    figure.legend(loc="outside upper right", ncols=len(KIND_COLOURS), frameon=False, fontsize=9)
    failed = int(left.sum())
    caption(figure, f"{failed} of {len(verdicts)} reps are wrong or not judged; a rep has the "
            "first cause from the top that applies.")  # fmt: skip
    return figure


def blamed(verdicts: pd.DataFrame) -> Figure:
    """Draw how often reps with each circumstance fail, beside those without it."""
    table = blame(verdicts, load_params())
    figure = new_figure(9, 0.46 * len(table) + 1.5)
    ax = figure.subplots()
    for y, row in enumerate(table.itertuples()):
        sides = ((row.with_failed, row.with_n, -0.17, "o", PURPLE, "with it"),
                 (row.without_failed, row.without_n, 0.17, "s", INK, "without it"))  # fmt: skip
        for failed, n, shift, mark, colour, words in sides:
            share = 100 * failed / max(n, 1)
            ax.plot([0, share], [y + shift] * 2, color=colour, lw=1.6, alpha=0.5)
            ax.plot(share, y + shift, mark, color=colour, label=None if y else words)
            ax.annotate(f"{failed} of {n}", (share, y + shift), (7, 0), va="center",
                        textcoords="offset points", fontsize=8.5, color=GREY)  # fmt: skip
    ax.set_yticks(range(len(table)), table.index)
    ax.set(ylim=(len(table) - 0.5, -0.5), xlim=(0, 100), xlabel="reps wrong or not judged (%)")
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=9)
    return figure


# --- the gallery ----------------------------------------------------------------------------------


def bodies(results: Results, reps: pd.DataFrame, near: pd.Series) -> dict[Any, StickFigure | None]:
    """Body at the deciding moment of every rep, by `KEYS`.

    `near` gives the side towards the camera by clip.
    """
    found: dict[Any, StickFigure | None] = {}
    for clip_id, rows in reps.groupby("clip_id", sort=True):
        table = table_path(results.landmarks, str(clip_id))
        times = rows["deciding_s"].fillna(rows["start_s"]).tolist()
        figures = stick_figures(table, times, str(near.get(clip_id, "")))
        found |= dict(zip(zip(rows["clip_id"], rows["rep"], strict=True), figures, strict=True))
    return found


def failure_gallery(
    results: Results, reps: pd.DataFrame, figures: dict[Any, StickFigure | None]
) -> Figure:
    """Draw each rep: body at the deciding moment, gap and tilt against the leg's angle, and words.

    Parameters
    ----------
    results
        For the traces: black is the rep, blue the same person's other reps that were labelled
        good.
    reps
        Rows of `results.verdicts`, in the order in which they are drawn.
    figures
        As `bodies` gives them.
    """
    rows = -(-len(reps) // _COLUMNS)
    moments = pd.concat([results.moments, results.test_moments])
    figure = Figure(figsize=(_WIDTH_IN, rows * _ROW_IN + 0.25))
    for i, rep in enumerate(reps.itertuples()):
        place = _Place(figure, i % _COLUMNS, i // _COLUMNS)
        _words(place.axes(0.0, 0.71, 1.0, 0.29), rep)
        show_body(place.axes(0.0, 0.0, 0.46, 0.70), figures.get((rep.clip_id, rep.rep)))
        for k, column in enumerate(TRACES):
            ax = place.axes(0.53 + 0.245 * k, 0.17, 0.19, 0.5)
            _trace(ax, moments, rep, column)
    return figure


class _Place:
    """A cell of the gallery; hands out panels by fractions of the cell."""

    def __init__(self, figure: Figure, column: int, row: int) -> None:
        self._figure = figure
        high = float(figure.get_figheight())
        self._high = _ROW_IN / high
        self._left = column / _COLUMNS + 0.006
        self._bottom = 1 - 0.02 / high - (row + 1) * self._high

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        wide = 1 / _COLUMNS - 0.012
        high = 0.94 * self._high
        return self._figure.add_axes(
            (self._left + left * wide, self._bottom + bottom * high, width * wide, height * high)
        )


def _words(ax: Axes, rep: Any) -> None:
    ax.set_axis_off()
    ax.text(0, 0.95, f"{rep.person_id}  {rep.clip_id}·{rep.rep}  {in_words(rep.exercise)}",
            va="top", fontsize=9, fontweight="bold")  # fmt: skip
    p = "no probability" if pd.isna(rep.p_arched) else f"{rep.p_arched:.0%} arched"
    said = f"model: {p}, {_said(rep)}"
    ax.text(0.46, 0.95, said, va="top", fontsize=9,
            color=OUTCOME_COLOURS[rep.verdict] if rep.verdict != "cant_tell" else GREY)  # fmt: skip
    ax.text(0, 0.42, f"raters: {rep.raters_said}", va="top", fontsize=7.5, color=GREY)


def _said(rep: Any) -> str:
    if rep.outcome in ("not judged", "too close to call"):
        return f"{rep.outcome} (label: {in_words(rep.label)})"
    return f"said {in_words(rep.verdict)}: {rep.outcome}"


def show_body(ax: Axes, body: StickFigure | None) -> None:
    """Draw one body, as long in the trunk as every other, or say that there is none."""
    ax.set_axis_off()
    if body is None:
        ax.text(0.5, 0.5, "nobody is seen at that moment", ha="center", va="center", color=GREY,
                transform=ax.transAxes, fontsize=8)  # fmt: skip
        return
    points = np.concatenate([*body.rings, np.array(list(body.joints.values()))])
    low, high = points.min(axis=0), points.max(axis=0)
    draw_body(ax, body, 0.0, 0.45)
    wide = max(_BODY_NORM, float(high[0] - low[0]))
    middle = float(low[0] + high[0]) / 2
    ax.set(xlim=(middle - wide / 2, middle + wide / 2), aspect="equal",
           ylim=(low[1] - 0.05, high[1] + 0.05))  # fmt: skip


def _trace(ax: Axes, moments: pd.DataFrame, rep: Any, column: str) -> None:
    label, factor = TRACES[column]
    theirs = moments[(moments["person_id"] == rep.person_id) & (moments["label"] == "good")]
    others = [
        np.column_stack([other["leg_angle_deg"], factor * other[column]])
        for key, other in theirs.groupby(KEYS, sort=True)
        if key != (rep.clip_id, rep.rep)
    ]
    ax.add_collection(LineCollection(others, colors=BLUE, linewidths=0.7, alpha=0.35))
    own = moments[(moments["clip_id"] == rep.clip_id) & (moments["rep"] == rep.rep)]
    ax.plot(own["leg_angle_deg"], factor * own[column], color=INK, lw=1.5)
    decides = own.iloc[(own["time_s"] - rep.deciding_s).abs().argsort()[:1]]
    ax.plot(decides["leg_angle_deg"], factor * decides[column], "o", ms=4.5,
            color=OUTCOME_COLOURS[rep.label])  # fmt: skip
    if not pd.isna(rep.rated_onset_deg):
        ax.axvline(rep.rated_onset_deg, color=OUTCOME_COLOURS["arched"], lw=0.9, ls=(0, (3, 2)))
    ax.autoscale_view()
    ax.set(xlim=(125, -25), xticks=[90, 45, 0])
    ax.set_title(label, fontsize=7.5, fontweight="normal", pad=2)
    ax.tick_params(labelsize=6.5, length=2, pad=1.5)
    low, high = ax.get_ylim()
    ax.set_yticks([float(f"{low + k * (high - low):.2g}") for k in (0.2, 0.8)])
    ax.set_ylim(low, high)


GALLERY_CAPTION = (
    "Silhouette and landmarks at the moment of the highest held tilt (black: near side, orange: "
    "far side). Black trace: this rep; blue: the same person's other reps that are labelled good; "
    "dot: that moment, in the colour of the label; dashed: leg angle at which raters saw the back "
    "lift. Horizontal: leg above the floor (deg)."
)


# --- segmentation ---------------------------------------------------------------------------------


def miscounted(counts: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Clips in which other numbers of reps were found than counted by eye, worst first."""
    table = pd.DataFrame(counts)
    wrong = table[table["found"] != table["by_eye"]]
    order = (wrong["found"] - wrong["by_eye"]).abs().sort_values(ascending=False, kind="stable")
    return wrong.loc[order.index, ["clip_id", "person_id", "group", "view", "split", "by_eye",
                                   "found"]].reset_index(drop=True)  # fmt: skip


def miscounted_traces(
    motions: dict[str, Motion], by_eye: pd.DataFrame, titles: dict[str, str], columns: int = 3
) -> Figure:
    """Draw legs over time with reps found (blue) and counted by eye (green bars above).

    `by_eye` has `clip_id`, `start_s`, `end_s`.
    """
    rows = max(-(-len(motions) // columns), 1)
    figure = new_figure(12, 1.75 * rows + 0.5)
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for ax, (clip_id, motion) in zip(axes.flat, motions.items(), strict=False):
        for rep in motion.reps.itertuples():
            ax.axvspan(rep.start_s, rep.end_s, color=SKY, alpha=0.35, lw=0)
        for rep in by_eye[by_eye["clip_id"] == clip_id].itertuples():
            ax.plot([rep.start_s, rep.end_s], [140, 140], color=GREEN, lw=4, solid_capstyle="butt")
        for rank, colour in (("far", ORANGE), ("near", INK)):
            for _, shot in motion.signals.groupby("shot_idx"):
                ax.plot(shot["time_s"], shot[f"{rank}_leg_deg"], color=colour, lw=1.0)
        ax.set_title(titles[clip_id], fontsize=8.5, fontweight="normal", pad=3)
        ax.set(ylim=(-30, 150), yticks=[0, 45, 90])
        ax.margins(x=0)
        ax.tick_params(labelsize=7.5, length=2)
    for ax in axes.flat[len(motions) :]:
        ax.set_axis_off()
    figure.supylabel("leg above the floor (deg)", fontsize=10)
    caption(figure, "Horizontal: time (s). Black: near leg, orange: far leg; blue: lift that was "
            "found; green bar: rep counted by eye.")  # fmt: skip
    return figure


def kinds(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Count outcomes in reps and people, in the order of `OUTCOMES`."""
    by_outcome = verdicts.groupby("outcome")["person_id"].agg(["size", "nunique"])
    table = by_outcome.reindex(list(OUTCOMES), fill_value=0)
    return table.rename(columns={"size": "reps", "nunique": "people"})


def near_sides(videos: pd.DataFrame) -> pd.Series:
    """Side towards the camera by clip."""
    return videos.set_index("clip_id")["camera_side"]


def by_cause(failed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split failures by cause, in the order of `CAUSES`, missed arches first; none is left out."""
    kinds_order = {name: i for i, name in enumerate(OUTCOMES)}
    ordered = failed.assign(kind=failed["outcome"].map(kinds_order)).sort_values(
        ["kind", "person_id", *KEYS], kind="stable"
    )
    parts = {name: ordered[ordered["cause"] == name] for name in CAUSES}
    return {name: rows for name, rows in parts.items() if len(rows)}
