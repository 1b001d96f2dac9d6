"""Who is in the study, what was believed of them, and what their labels are worth now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import cohen_kappa_score

from leglift.labelling.quality import told_right
from leglift.study.marks import (
    BLUE,
    CHANCE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    STATE_COLOURS,
    STATES,
    caption,
    dots,
    in_words,
    interval,
    name_rows,
    spread,
)
from leglift.study.plots import new_figure
from leglift.study.truth import COVERED_FRAC

VISIBLE = ("all", "part", "none")
VISIBLE_COLOURS = dict(zip(VISIBLE, (GREEN, SKY, PALE), strict=True))
SPLIT_COLOURS = {"study": BLUE, "test": ORANGE, "fresh": PURPLE}
ANGLE_BIN_DEG = 15
_CATCH_BINS = 6


def clip_table(videos: pd.DataFrame) -> pd.DataFrame:
    """Clips (`all`, `part`, `none`) and people (`study`, `test`, `fresh`) of every exercise."""
    clips = pd.crosstab(videos["exercise"], videos["back_visible"])
    people = videos.pivot_table(
        index="exercise", columns="split", values="person_id", aggfunc="nunique"
    )
    table = clips.reindex(columns=list(VISIBLE)).join(people.reindex(columns=list(SPLIT_COLOURS)))
    table = table.fillna(0).astype(int)
    order = table[list(VISIBLE)].sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order]


def clips(videos: pd.DataFrame) -> Figure:
    """Clips by exercise and by how long the back's edge is in view; people by split."""
    table = clip_table(videos)
    figure = new_figure(10, 4.2)
    left, right = figure.subplots(1, 2, sharey=True)
    stacked(left, table[list(VISIBLE)], VISIBLE_COLOURS)
    left.set(title="Clips: is the edge of the back in view?", xlabel="clips")
    stacked(right, table[list(SPLIT_COLOURS)], SPLIT_COLOURS)
    right.set(title="People", xlabel="people")
    n_people = videos["person_id"].nunique()
    caption(
        figure, f"{len(videos)} clips of {n_people} people; who does two exercises counts in both"
    )
    return figure


def stacked(ax: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    """Horizontal bars, a row of the table each, one colour a column, with their numbers."""
    before = np.zeros(len(table))
    for name, values in table.items():
        bars = ax.barh(range(len(table)), values, left=before, color=colours[str(name)], label=name)
        ax.bar_label(bars, [f"{v}" if v else "" for v in values], label_type="center", fontsize=8)
        before += values.to_numpy(float)
    name_rows(ax, [in_words(str(name)) for name in table.index])
    ax.legend(loc="lower right")


def describers(visibility: pd.DataFrame) -> pd.DataFrame:
    """Clips by what the first (rows) and the second describer (columns) said."""
    said = visibility.pivot_table(
        index="clip_id", columns="describer", values="back_visible", aggfunc="first"
    ).dropna()
    first, second = sorted(said.columns)
    table = pd.crosstab(said[first], said[second])
    return table.reindex(index=list(VISIBLE), columns=list(VISIBLE), fill_value=0)


def kappa(table: pd.DataFrame) -> float:
    """Cohen's kappa of a square table of counts."""
    rows, columns = np.indices(table.shape)
    counts = table.to_numpy(int).ravel()
    return float(
        cohen_kappa_score(np.repeat(rows.ravel(), counts), np.repeat(columns.ravel(), counts))
    )


def agreement(table: pd.DataFrame) -> Figure:
    """Show how the two describers' words for the clips go together."""
    figure = new_figure(4.6, 3.8)
    ax = figure.subplots()
    counts = table.to_numpy(int)
    ax.imshow(counts, cmap="Blues", vmax=1.4 * counts.max())
    for (i, j), n in np.ndenumerate(counts):
        ax.text(j, i, f"{n}", ha="center", va="center", fontsize=11)
    ax.set_xticks(range(3), list(table.columns))
    ax.set_yticks(range(3), list(table.index))
    ax.set(title=f"Two describers: kappa {kappa(table):.2f}", xlabel="second", ylabel="first")
    caption(figure, f"{counts.sum()} clips; is the back's edge in view?")
    return figure


def first_labels(table: pd.DataFrame, metrics: dict[str, Any]) -> Figure:
    """Labels of guide 1 against what the legs alone predict, the back hidden and in view."""
    figure = new_figure(10, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    hidden = table["arm_cover_frac"] >= COVERED_FRAC
    for row, own in enumerate((table[hidden], table[~hidden])):
        for arched in (False, True):
            p = own.loc[own["arched"] == arched, "p_legs_only"].to_numpy(float)
            y = row + (-0.18 if arched else 0.18) + spread(len(p), 0.11)
            word = f"labelled {'arched' if arched else 'good'}" if row == 0 else None
            dots(left, p, y, STATES[arched], word)
    name_rows(left, ["arm hides\nthe waist", "back in view"])
    left.set(
        title="Guide 1, rep by rep",
        xlabel="what the legs alone predict (arched)",
        ylim=(1.55, -0.75),
    )
    left.legend(loc="upper left", ncols=2, bbox_to_anchor=(0.0, 1.0))
    rows = {
        "guide 1, arm hides the waist": metrics["labels_v1"]["legs_only_auc_hidden"],
        "guide 1, back in view": metrics["labels_v1"]["legs_only_auc_in_view"],
        "guide 2, visible moments": metrics["labels_v2"]["legs_only_auc_visible"],
    }
    for row, found in enumerate(rows.values()):
        interval(right, row, found, INK)
    right.axvline(0.5, **CHANCE)
    name_rows(right, list(rows))
    right.set(
        title="How well the legs predict the label", xlabel="AUC of legs only", xlim=(0.38, 1)
    )
    people = table["person_id"].nunique()
    caption(figure, f"Guide 1: {len(table)} reps of {people} people. 95 % intervals over people")
    return figure


QUALITY = {
    "blinding_accuracy": ("legs high or low guessed right", 0.5),
    "null_difference_frac": ("difference seen, equal leg angle", None),
    "real_difference_frac": ("difference seen, other pairs", None),
    "left_frac": ("left chosen, of decided pairs", 0.5),
    "repeat_agreement": ("same answer with sides changed", 1.0),
}
"""Figures of the labels' worth, in words, with what they would be at best."""


def label_quality(figures: dict[str, Any], catch: pd.DataFrame) -> Figure:
    """How far raters can be trusted; and how big a true difference must be to be told.

    `catch` has pairs of simulated bodies with `rise_norm`, the true height right minus left.
    """
    figure = new_figure(10, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    for y, (name, (_, ideal)) in enumerate(QUALITY.items()):
        interval(left, y, figures[name], INK)
        if ideal is not None:
            left.plot([ideal] * 2, [y - 0.3, y + 0.3], color=GREEN, lw=2)
    name_rows(left, [words for words, _ in QUALITY.values()])
    left.set(title="Raters (green: at best)", xlabel="share of answers", xlim=(0, 1.03))
    table = catch_table(catch)
    right.plot(100 * table["rise_norm"], table["right"], "o-", color=INK)
    found = figures["catch_threshold_norm"]
    right.axvspan(100 * found["low"], 100 * found["high"], color=GREEN, alpha=0.15, lw=0)
    right.axvline(100 * found["value"], color=GREEN)
    right.axhline(0.75, **CHANCE)
    right.set(title="Simulated bodies", ylim=(0.4, 1.03), ylabel="told right",
              xlabel="true difference in height (% of the trunk)")  # fmt: skip
    caption(figure, f"{figures['n_answers']} answers to {figures['n_pairs']} pairs. "
            "95 % intervals over people; green band: difference told 3 times of 4")  # fmt: skip
    return figure


def catch_table(catch: pd.DataFrame) -> pd.DataFrame:
    """Share told right of pairs with a true difference, in bins of alike many answers."""
    own = catch[catch["rise_norm"] != 0]
    size = own["rise_norm"].abs()
    bins = pd.qcut(size, _CATCH_BINS, labels=False, duplicates="drop")
    table = pd.DataFrame({"rise_norm": size, "right": told_right(own)})
    return table.groupby(bins).mean()


def state_table(moments: pd.DataFrame) -> pd.DataFrame:
    """Rated moments by bin of leg angle (its lower end, deg) and state; still legs are left out."""
    moving = moments[moments["rep"] > 0].dropna(subset="leg_angle_deg")
    low = (np.floor(moving["leg_angle_deg"] / ANGLE_BIN_DEG) * ANGLE_BIN_DEG).astype(int)
    words = moving["lifted"].map({"yes": "lifted", "no": "flat", "unknown": "unknown"})
    state = words.where(moving["visible"], "not visible")
    return pd.crosstab(low, state).reindex(columns=list(STATE_COLOURS), fill_value=0)


def states(moments: pd.DataFrame) -> Figure:
    """State of the rated moments of reps by leg angle, in numbers and as share of the known."""
    table = state_table(moments)
    figure = new_figure(10, 3.6)
    left, right = figure.subplots(1, 2)
    before = np.zeros(len(table))
    for name, values in table.items():
        left.bar(table.index + ANGLE_BIN_DEG / 2, values, ANGLE_BIN_DEG - 1.5, bottom=before,
                 color=STATE_COLOURS[str(name)], label=name)  # fmt: skip
        before += values.to_numpy(float)
    left.legend(loc="upper right")
    left.set(
        title="Rated moments of reps", xlabel="leg angle over the floor (deg)", ylabel="moments"
    )
    known = table["lifted"] + table["flat"]
    enough = known >= 5
    share = (table["lifted"] / known)[enough]
    right.plot(share.index + ANGLE_BIN_DEG / 2, share, "o-", color=STATE_COLOURS["lifted"])
    for x, y, n in zip(share.index + ANGLE_BIN_DEG / 2, share, known[enough], strict=True):
        right.annotate(f"{n}", (x, y), (0, 6), textcoords="offset points", ha="center",
                       fontsize=8, color=GREY)  # fmt: skip
    right.set(title="Lifted, of the known", xlabel="leg angle over the floor (deg)", ylim=(0, 1),
              ylabel="share", xlim=left.get_xlim())  # fmt: skip
    caption(figure, f"{int(table.to_numpy().sum())} moments; numbers on the right: known moments")
    return figure
