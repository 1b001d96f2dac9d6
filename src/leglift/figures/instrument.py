"""What the instrument sees: the gate, the edge over pelvic tilts, and simulated bodies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.instrument.gate import SEEN_AT, conditions
from leglift.instrument.lifted import edge_height
from leglift.params import GateParams
from leglift.simulated.instrument import onset
from leglift.spans import spans_of
from leglift.study.fit import seen
from leglift.study.marks import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SPLITS,
    STATE_COLOURS,
    caption,
    in_words,
    interval,
    name_rows,
    spread,
)
from leglift.study.plots import new_figure

GATE = {
    "gate_precision": "what it lets through\nis visible",
    "gate_recall": "what is visible\nis let through",
    "gate_coverage": "moments let through",
}
SIMULATED = {"noticed": "where the rise is noticed", "begins": "where the rise begins"}
_GAP_BINS = 10


def gate(figures: dict[str, Any], hidden: pd.DataFrame) -> Figure:
    """Draw precision and recall of the gate on both splits, and what closes it."""
    figure = new_figure(10, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.05])
    for y, name in enumerate(GATE):
        for split, shift, colour in zip(SPLITS, (-0.14, 0.14), (BLUE, ORANGE), strict=True):
            found = figures[split][name]
            word = f"{split}, {found['n_people']} people" if y == 0 else None
            interval(left, y + shift, found, colour, split, word)
    name_rows(left, list(GATE.values()))
    left.set(title="The gate against two describers", xlabel="share of moments", xlim=(0, 1))
    left.legend(loc="upper left")
    for split, shift, colour in zip(SPLITS, (-0.2, 0.2), (BLUE, ORANGE), strict=True):
        right.barh(np.arange(len(hidden)) + shift, hidden[split], 0.36, color=colour, label=split)
    name_rows(right, [in_words(str(name)) for name in hidden.index])
    right.set(title="What closes it", xlabel="share of all moments")
    right.legend(loc="lower right")
    caption(
        figure, "95 % intervals over people. Right: the condition held least, of moments not seen"
    )
    return figure


def hidden_table(edge: pd.DataFrame, params: GateParams) -> pd.DataFrame:
    """Share of all moments that each condition closes the gate for, a column a split."""
    held = conditions(edge, params)
    reason = held.idxmin(axis=1).where(held.min(axis=1) < SEEN_AT, "open")
    shares = pd.crosstab(reason, edge["split"], normalize="columns").reindex(columns=list(SPLITS))
    shares = shares.fillna(0.0)
    closed = shares.drop(index="open", errors="ignore")
    return closed.sort_values("study", ascending=False, kind="stable")


def tilt_table(edge: pd.DataFrame, clip_id: str, params: GateParams) -> pd.DataFrame:
    """Course of the edge over one clip: `time_s`, `shot_idx`, `height_norm`, `through`."""
    own = edge[edge["clip_id"] == clip_id].sort_values("time_s")
    return own[["time_s", "shot_idx"]].assign(
        height_norm=edge_height(own), through=seen(own, params)
    )


def tilts(edge: pd.DataFrame, videos: pd.DataFrame, figures: dict[str, Any], params: GateParams,
          middle_norm: float) -> Figure:  # fmt: skip
    """Draw the edge's height over time on clips whose flat and arched phases are known."""
    clips = [(split, clip) for split in SPLITS for clip in figures[split]["tilt_phases"]["clips"]]
    about = videos.set_index("clip_id")
    figure = new_figure(10, 5.4)
    panels = np.ravel(figure.subplots(2, 2, sharey=True))
    for ax, (split, clip_id) in zip(panels, clips, strict=True):
        row = about.loc[clip_id]
        course(ax, tilt_table(edge, clip_id, params), middle_norm)
        phases(ax, row["flat_s"], row["arched_s"])
        found = figures[split]["tilt_phases"]["clips"][clip_id]
        ax.set_title(f"{row['person_id']}, {split}, {row['clothing']}: AUC {found['auc']:.2f}")
    for ax in panels[2:]:
        ax.set_xlabel("time (s)")
    for ax in panels[::2]:
        ax.set_ylabel("height of the edge\n(% of the trunk)")
    caption(figure, "Blue: back pressed flat; red: arched, as exercise or coach says. "
            "Pale line: the gate is shut. Dashed: even odds")  # fmt: skip
    return figure


def course(ax: Axes, table: pd.DataFrame, middle_norm: float) -> None:
    """Draw the height over time, pale where the gate is shut, shot by shot."""
    for _, shot in table.groupby("shot_idx"):
        height = 100 * shot["height_norm"]
        ax.plot(shot["time_s"], height, color=INK, alpha=0.3, lw=1.2)
        ax.plot(shot["time_s"], height.where(shot["through"]), color=INK, lw=1.6)
    ax.axhline(100 * middle_norm, color=GREY, lw=0.8, ls=(0, (4, 3)))
    ax.margins(x=0)


def phases(ax: Axes, flat_s: str, arched_s: str) -> None:
    """Shade the spans in which the state is known."""
    for state, spans in (("flat", flat_s), ("lifted", arched_s)):
        for first, last in spans_of(spans):
            ax.axvspan(first, last, color=STATE_COLOURS[state], alpha=0.18, lw=0)


def simulated_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Error (deg) of the point of control, `noticed` and `begins`, a row a simulated rep."""
    rows = []
    known = table.dropna(subset="true_onset_deg")
    for (person, _), rep in known.groupby(["person_id", "rep"]):
        found = onset(rep[rep["phase"] != "lift"].sort_values("time_s"))
        if found is not None:
            true = float(rep["true_onset_deg"].iloc[0])
            rows.append((person, found[0] - true, found[1] - true))
    return pd.DataFrame(rows, columns=["person_id", "noticed", "begins"])


def gap_bins(table: pd.DataFrame) -> pd.DataFrame:
    """Gap read (median, quartiles) by true gap, in bins of alike many moments."""
    own = table.dropna(subset=["gap_norm", "true_gap_norm"])
    bins = pd.qcut(own["true_gap_norm"], _GAP_BINS, labels=False, duplicates="drop")
    read = own.groupby(bins)["gap_norm"]
    true = own.groupby(bins)["true_gap_norm"].median()
    return pd.DataFrame(
        {
            "true": true,
            "low": read.quantile(0.25),
            "middle": read.median(),
            "high": read.quantile(0.75),
        }
    )


def simulated(table: pd.DataFrame, figures: dict[str, Any]) -> Figure:
    """Draw the gap read of simulated bodies and the errors of their point of control."""
    figure = new_figure(10, 3.8)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    bins = 100 * gap_bins(table)
    left.plot([0, bins["true"].max()], [0, bins["true"].max()], color=GREY, lw=0.8, ls=(0, (4, 3)))
    left.fill_between(bins["true"], bins["low"], bins["high"], color=GREEN, alpha=0.2, lw=0)
    left.plot(bins["true"], bins["middle"], "o-", color=GREEN)
    left.set(title="The gap, read and true", xlabel="true gap (% of the trunk)",
             ylabel="gap read (%)", ylim=(0, None))  # fmt: skip
    errors = simulated_errors(table)
    for y, name in enumerate(SIMULATED):
        right.plot(
            errors[name], y + spread(len(errors), 0.16), "o", color=INK, ms=4, alpha=0.5, mew=0
        )
        bias = figures["point_of_control"][name]["bias_deg"]
        right.plot([bias] * 2, [y - 0.32, y + 0.32], color=ORANGE, lw=2.5)
    right.axvline(0, color=GREY, lw=0.8)
    name_rows(right, [words.replace(" the rise ", "\nthe rise ") for words in SIMULATED.values()])
    right.set(title="Point of control", xlabel="found minus true leg angle (deg); left is too late")
    people = errors["person_id"].nunique()
    caption(figure, f"Band: quartiles; dashed: read as is. Right: {len(errors)} reps of {people} "
            "simulated bodies that nothing was learned from; orange: median")  # fmt: skip
    return figure
