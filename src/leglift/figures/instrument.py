"""What the instrument sees: the gate, the edge over pelvic tilts, and simulated bodies."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.figures import marks
from leglift.figures.plots import new_figure, two_panels
from leglift.instrument.gate import SEEN_AT, back_visible, conditions
from leglift.instrument.lifted import edge_height
from leglift.params import GateParams
from leglift.simulated.instrument import simulated_errors
from leglift.spans import spans_of

GATE = {
    "gate_precision": "what it lets through\nis visible",
    "gate_recall": "what is visible\nis let through",
    "gate_coverage": "moments let through",
}
SIMULATED = {"noticed": "where the rise is noticed", "begins": "where the rise begins"}
_GAP_BINS = 10


def gate(figures: dict[str, Any], hidden: pd.DataFrame) -> Figure:
    """Draw precision and recall of the gate on both splits, and what closes it."""
    figure, (left, right) = two_panels(10, 3.6, width_ratios=[1, 1.05])
    for y, name in enumerate(GATE):
        for split, shift in zip(marks.SPLITS, (-0.14, 0.14), strict=True):
            found = figures[split][name]
            word = f"{split}, {found['n_people']} people" if y == 0 else None
            marks.interval(left, y + shift, found, marks.SPLIT_COLOURS[split], split, word)
    marks.name_rows(left, list(GATE.values()))
    left.set(title="The gate against two describers", xlabel="share of moments", xlim=(0, 1))
    left.legend(loc="upper left")
    marks.bars_by_split(right, hidden)
    right.set(title="What closes it", xlabel="share of all moments")
    right.legend(loc="lower right")
    marks.caption(
        figure, "95 % intervals over people. Right: the condition held least, of moments not seen"
    )
    return figure


def hidden_table(edge: pd.DataFrame, params: GateParams) -> pd.DataFrame:
    """Share of all moments that each condition closes the gate for, a column a split."""
    held = conditions(edge, params)
    reason = held.idxmin(axis=1).where(held.min(axis=1) < SEEN_AT, "open")
    shares = pd.crosstab(reason, edge["split"], normalize="columns")
    closed = shares.reindex(columns=list(marks.SPLITS), fill_value=0.0).drop(index="open")
    return closed.sort_values("study", ascending=False, kind="stable")


def tilts(
    edge: pd.DataFrame,
    videos: pd.DataFrame,
    figures: dict[str, Any],
    params: GateParams,
    middle_norm: float,
) -> Figure:
    """Draw the edge's height over time on clips whose flat and arched phases are known.

    It is pale where the gate is shut.
    """
    clips = [
        (split, clip, found)
        for split in marks.SPLITS
        for clip, found in figures[split]["tilt_phases"]["clips"].items()
    ]
    about = videos.set_index("clip_id")
    figure = new_figure(10, 5.4)
    panels = figure.subplots(2, 2, sharey=True)
    for ax, (split, clip_id, found) in zip(panels.flat, clips, strict=True):
        row = about.loc[clip_id]
        own = edge[edge["clip_id"] == clip_id].sort_values("time_s")
        course(ax, own, back_visible(own, params) >= SEEN_AT)
        ax.axhline(100 * middle_norm, **marks.CHANCE)
        ax.margins(x=0)
        for state, spans in (("flat", row["flat_s"]), ("lifted", row["arched_s"])):
            for first, last in spans_of(spans):
                ax.axvspan(first, last, color=marks.STATE_COLOURS[state], alpha=0.18, lw=0)
        ax.set_title(f"{row['person_id']}, {split}, {row['clothing']}: AUC {found['auc']:.2f}")
    for ax in panels[1]:
        ax.set_xlabel("time (s)")
    for ax in panels[:, 0]:
        ax.set_ylabel("height of the edge\n(% of the trunk)")
    marks.caption(figure, "Blue: back pressed flat; red: arched, as exercise or coach says. "
                  "Pale line: the gate is shut. Dashed: even odds")  # fmt: skip
    return figure


def course(ax: Axes, clip: pd.DataFrame, through: npt.NDArray[np.bool_]) -> None:
    """Draw the height over time, pale where the gate is shut, shot by shot."""
    height = pd.Series(100 * edge_height(clip), clip.index)
    for shot in clip.groupby("shot_idx").groups.values():
        ax.plot(clip["time_s"][shot], height[shot], color=marks.INK, alpha=0.3, lw=1.2)
        ax.plot(clip["time_s"][shot], height.where(through)[shot], color=marks.INK, lw=1.6)


def gap_bins(table: pd.DataFrame) -> pd.DataFrame:
    """Gap read (median, quartiles) by true gap, in bins of alike many moments."""
    own = table.dropna(subset=["gap_norm", "true_gap_norm"])
    bins = pd.qcut(own["true_gap_norm"], _GAP_BINS, labels=False, duplicates="drop")
    medians = own.groupby(bins)[["true_gap_norm", "gap_norm"]].median()
    medians.columns = ["true", "middle"]
    read = own.groupby(bins)["gap_norm"]
    return medians.assign(low=read.quantile(0.25), high=read.quantile(0.75))


def simulated(table: pd.DataFrame, figures: dict[str, Any]) -> Figure:
    """Draw the gap read of simulated bodies and the errors of their point of control."""
    figure, (left, right) = two_panels(10, 3.8, width_ratios=[1, 1.15])
    bins = 100 * gap_bins(table)
    left.plot([0, bins["true"].max()], [0, bins["true"].max()], **marks.CHANCE)
    left.fill_between(bins["true"], bins["low"], bins["high"], color=marks.GREEN, alpha=0.2, lw=0)
    left.plot(bins["true"], bins["middle"], "o-", color=marks.GREEN)
    left.set(title="The gap, read and true", xlabel="true gap (% of the trunk)",
             ylabel="gap read (%)", ylim=(0, None))  # fmt: skip
    errors = simulated_errors(table)
    for y, name in enumerate(SIMULATED):
        dots_y = y + marks.spread(len(errors), 0.16)
        right.plot(errors[name], dots_y, "o", color=marks.INK, ms=4, alpha=0.5, mew=0)
        bias = figures["point_of_control"][name]["bias_deg"]
        right.plot([bias] * 2, [y - 0.32, y + 0.32], color=marks.ORANGE, lw=2.5)
    right.axvline(0, color=marks.GREY, lw=0.8)
    names = [words.replace(" the rise ", "\nthe rise ") for words in SIMULATED.values()]
    marks.name_rows(right, names)
    right.set(title="Point of control", xlabel="found minus true leg angle (deg); left is too late")
    n = f"{len(errors)} reps of {errors['person_id'].nunique()} simulated bodies"
    marks.caption(figure, "Band: quartiles; dashed: read as is. "
                  f"Right: {n} that nothing was learned from; orange: median")  # fmt: skip
    return figure
