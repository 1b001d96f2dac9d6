"""Figures of notebook 05: every rep that went wrong, as the instrument saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leglift.motion.rep_back import KEYS
from leglift.motion.segment import Motion
from leglift.params import load_params
from leglift.study.failures import CAUSES, OUTCOMES, blame, cause_counts
from leglift.study.marks import (
    BLUE,
    GREEN,
    GREY,
    INK,
    OUTCOME_COLOURS,
    PURPLE,
    caption,
    in_words,
    legs_over_time,
    name_rows,
    people_words,
)
from leglift.study.plots import draw_body, new_figure
from leglift.study.results import Results
from leglift.study.stick import StickFigure, stick_figures
from leglift.vision.corpus import table_path

Floats = npt.NDArray[np.float64]

KIND_COLOURS = {"missed arch": OUTCOME_COLOURS["arched"], "false alarm": OUTCOME_COLOURS["good"],
                "not judged": "#D9D9D9",
                "too close to call": OUTCOME_COLOURS["cant_tell"]}  # fmt: skip
"""A failure has the colour of its label; no verdict is grey."""

TRACES = {"gap_norm": ("gap (% of trunk)", 100.0), "tilt_deg": ("tilt (deg)", 1.0)}
_WIDTH_IN, _ROW_IN, _COLUMNS = 13.0, 1.62, 2
_CELL_IN = (_WIDTH_IN / _COLUMNS - 0.16, 0.94 * _ROW_IN)
_TICK_IN, _OUTLINE_IN = 0.03, 0.006
_BODY_NORM = 3.7
_ANGLES = (135.0, -25.0)  # degrees, from left to right


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
        said = f"{row.reps} reps, {people_words(row.people)}"
        ax.annotate(said, (row.reps, y), (5, 0), va="center",
                    textcoords="offset points", fontsize=9)  # fmt: skip
    name_rows(ax, list(counts.index))
    ax.set_axisbelow(True)
    ax.set(xlabel="reps", xlim=(0, 1.2 * max(left.max(), 1)))
    figure.legend(loc="outside upper right", ncols=len(KIND_COLOURS))
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
    name_rows(ax, list(table.index))
    ax.set(xlim=(0, 100), xlabel="reps wrong or not judged (%)")
    figure.legend(loc="outside upper right", ncols=2)
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

    All is drawn into one panel, in inches: panels of their own, four a rep, take ten times as long.

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
    high_in = -(-len(reps) // _COLUMNS) * _ROW_IN + 0.25
    figure = Figure(figsize=(_WIDTH_IN, high_in))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, _WIDTH_IN), ylim=(0, high_in))
    ax.set_axis_off()
    moments = pd.concat([results.moments, results.test_moments])
    moments = moments[moments["person_id"].isin(reps["person_id"])]
    traces = {(str(clip), int(rep)): rows for (clip, rep), rows in moments.groupby(KEYS)}
    for i, rep in enumerate(reps.itertuples()):
        left = (i % _COLUMNS) * _WIDTH_IN / _COLUMNS + 0.08
        cell = _Box(left, high_in - 0.02 - (i // _COLUMNS + 1) * _ROW_IN, *_CELL_IN)
        _words(ax, cell, rep)
        _body(ax, cell.part(0.0, 0.0, 0.46, 0.70), figures.get((rep.clip_id, rep.rep)))
        for k, column in enumerate(TRACES):
            _trace(ax, cell.part(0.53 + 0.245 * k, 0.17, 0.19, 0.5), traces, rep, column)
    return figure


@dataclass(frozen=True)
class _Box:
    """A part of the gallery, in inches."""

    left: float
    bottom: float
    width: float
    height: float

    def part(self, left: float, bottom: float, width: float, height: float) -> _Box:
        """Return a part of it, given in fractions."""
        w, h = self.width, self.height
        return _Box(self.left + left * w, self.bottom + bottom * h, width * w, height * h)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the point at fractions of its width and height."""
        return self.left + x * self.width, self.bottom + y * self.height


@dataclass(frozen=True)
class _Axes:
    """Where angles and values lie in a box; angles that have no room are NaN."""

    box: _Box
    low: float
    high: float

    def x(self, angle: Floats) -> Floats:
        """Place leg angles (deg)."""
        share = (angle - _ANGLES[0]) / (_ANGLES[1] - _ANGLES[0])
        inside = (share >= 0) & (share <= 1)
        return np.where(inside, self.box.left + share * self.box.width, np.nan)

    def y(self, value: Floats) -> Floats:
        """Place values."""
        share = (value - self.low) / (self.high - self.low)
        return np.asarray(self.box.bottom + share * self.box.height)

    def course(self, points: Floats) -> Floats:
        """Place angles and values, (n, 2)."""
        return np.column_stack([self.x(points[:, 0]), self.y(points[:, 1])])


def _words(ax: Axes, cell: _Box, rep: Any) -> None:
    said = "no probability" if pd.isna(rep.p_arched) else f"{rep.p_arched:.0%} arched"
    colour = GREY if rep.verdict == "cant_tell" else OUTCOME_COLOURS[rep.verdict]
    who = f"{rep.person_id}  {rep.clip_id}·{rep.rep}  {in_words(rep.exercise)}"
    ax.text(*cell.at(0, 0.985), who, va="top", fontsize=9, fontweight="bold")
    ax.text(*cell.at(0.46, 0.985), f"model: {said}, {_said(rep)}", va="top", fontsize=9,
            color=colour)  # fmt: skip
    said_by = f"raters: {rep.raters_said}" if rep.raters_said else "label: the clip's own coach"
    ax.text(*cell.at(0, 0.83), said_by, va="top", fontsize=7.5, color=GREY)


def _said(rep: Any) -> str:
    if rep.outcome in ("not judged", "too close to call"):
        return f"{rep.outcome} (label: {in_words(rep.label)})"
    return f"said {in_words(rep.verdict)}: {rep.outcome}"


def _body(ax: Axes, box: _Box, body: StickFigure | None) -> None:
    """Draw a body, as long in the trunk as every other that has the room, or say there is none."""
    if body is None:
        ax.text(*box.at(0.5, 0.5), "nobody is seen at that moment", ha="center", va="center",
                color=GREY, fontsize=8)  # fmt: skip
        return
    (left, bottom), (right, top) = body.corners()
    size = min(box.width / max(_BODY_NORM, right - left), 0.94 * box.height / (top - bottom))
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    draw_body(ax, body.moved(size, np.array(box.at(0.5, 0.5)) - size * middle), 0.45, _OUTLINE_IN)


def _trace(ax: Axes, box: _Box, traces: Mapping[Any, pd.DataFrame], rep: Any, column: str) -> None:
    label, factor = TRACES[column]
    courses = {
        key: np.column_stack([rows["leg_angle_deg"], factor * rows[column]])
        for key, rows in traces.items()
        if (rows["person_id"].iloc[0], rows["label"].iloc[0]) == (rep.person_id, "good")
        or key == (rep.clip_id, rep.rep)
    }
    axes = _Axes(box, *_limits(np.concatenate([np.empty((0, 2)), *courses.values()])))
    _frame(ax, axes, label)
    own = axes.course(courses.pop((rep.clip_id, rep.rep), np.empty((0, 2))))
    others = [axes.course(course) for course in courses.values()]
    ax.add_collection(LineCollection(others, colors=BLUE, linewidths=0.7, alpha=0.35))
    ax.plot(*own.T, color=INK, lw=1.5)
    if len(own):
        off_s = (traces[(rep.clip_id, rep.rep)]["time_s"] - rep.deciding_s).abs()
        decides = own[int(np.argmin(off_s.to_numpy()))]
        ax.plot(*decides, "o", ms=4.5, color=OUTCOME_COLOURS[rep.label])
    if not pd.isna(rep.rated_onset_deg):
        x = float(axes.x(np.array(rep.rated_onset_deg)))
        ax.plot([x, x], [box.bottom, box.bottom + box.height], lw=0.9, ls=(0, (3, 2)),
                color=OUTCOME_COLOURS["arched"])  # fmt: skip


def _limits(points: Floats) -> tuple[float, float]:
    """Lowest and highest value inside `_ANGLES`, with a margin."""
    inside = (points[:, 0] <= _ANGLES[0]) & (points[:, 0] >= _ANGLES[1])
    values = points[inside & np.isfinite(points[:, 1]), 1]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = 0.05 * max(high - low, 1.0)
    return low - margin, high + margin


def _frame(ax: Axes, axes: _Axes, label: str) -> None:
    """Draw axes, a few ticks at round values, and their words."""
    box, angles = axes.box, np.array([90.0, 45.0, 0.0])
    ticks = np.array(MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(axes.low, axes.high))
    ticks = ticks[(ticks >= axes.low) & (ticks <= axes.high)]
    x, y = axes.x(angles), axes.y(ticks)
    marks = [[(at, box.bottom), (at, box.bottom - _TICK_IN)] for at in x]
    marks += [[(box.left, at), (box.left - _TICK_IN, at)] for at in y]
    corner = [box.at(0, 1), box.at(0, 0), box.at(1, 0)]
    ax.add_collection(LineCollection([corner], colors=GREY, linewidths=1.2))
    ax.add_collection(LineCollection(marks, colors=GREY, linewidths=0.8))
    ax.text(box.left, box.bottom + box.height + 0.03, label, fontsize=7.5)
    for at, angle in zip(x, angles, strict=True):
        ax.text(at, box.bottom - 0.05, f"{angle:g}", ha="center", va="top", fontsize=6.5)
    for at, tick in zip(y, ticks, strict=True):
        ax.text(box.left - 0.05, at, f"{tick:g}", ha="right", va="center", fontsize=6.5)


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
        legs_over_time(ax, motion)
        for rep in by_eye[by_eye["clip_id"] == clip_id].itertuples():
            ax.plot([rep.start_s, rep.end_s], [140, 140], color=GREEN, lw=4, solid_capstyle="butt")
        ax.set_title(titles[clip_id], fontsize=8.5, fontweight="normal", pad=3)
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
