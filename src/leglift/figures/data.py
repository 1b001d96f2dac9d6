"""Who is in the study, what was believed of them, and what their labels are worth now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import cohen_kappa_score

from leglift.figures import marks
from leglift.figures.plots import new_figure, two_panels
from leglift.labelling.quality import told_right
from leglift.study.truth import COVERED_FRAC

VISIBLE_COLOURS = {"all": marks.GREEN, "part": marks.SKY, "none": marks.PALE}
ANGLE_BIN_DEG = 15
_CATCH_BINS = 6


def clip_table(videos: pd.DataFrame) -> pd.DataFrame:
    """Clips (`all`, `part`, `none`) and people (`study`, `test`, `fresh`) of every exercise."""
    clips = pd.crosstab(videos["exercise"], videos["back_visible"])
    people = videos.pivot_table(
        index="exercise", columns="split", values="person_id", aggfunc="nunique"
    )
    clips = clips.reindex(columns=list(VISIBLE_COLOURS), fill_value=0)
    order = clips.sum(axis=1).sort_values(ascending=False, kind="stable").index
    table = clips.join(people.reindex(columns=list(marks.SPLIT_COLOURS)))
    return table.fillna(0).astype(int).loc[order]


def clips(videos: pd.DataFrame) -> Figure:
    """Clips by exercise and by how long the back's edge is in view; people by split."""
    table = clip_table(videos)
    figure, (left, right) = two_panels(10, 4.2, sharey=True)
    marks.stacked(left, table[list(VISIBLE_COLOURS)], VISIBLE_COLOURS)
    left.set(title="Clips: is the edge of the back in view?", xlabel="clips")
    marks.stacked(right, table[list(marks.SPLIT_COLOURS)], marks.SPLIT_COLOURS)
    right.set(title="People", xlabel="people")
    for ax in (left, right):
        ax.legend(loc="lower right")
    n = f"{len(videos)} clips of {videos['person_id'].nunique()} people"
    marks.caption(figure, f"{n}; who does two exercises counts in both")
    return figure


def describers(visibility: pd.DataFrame) -> pd.DataFrame:
    """Clips by what the first (rows) and the second describer (columns) said."""
    said = visibility.pivot_table(
        index="clip_id", columns="describer", values="back_visible", aggfunc="first"
    ).dropna()
    first, second = sorted(said.columns)
    table = pd.crosstab(said[first], said[second])
    words = list(VISIBLE_COLOURS)
    return table.reindex(index=words, columns=words, fill_value=0)


def agreement(table: pd.DataFrame) -> Figure:
    """Show how the two describers' words for the clips go together, with Cohen's kappa."""
    figure = new_figure(4.6, 3.8)
    ax = figure.subplots()
    counts = table.to_numpy(int)
    ax.imshow(counts, cmap="Blues", vmax=1.4 * counts.max())
    for (i, j), n in np.ndenumerate(counts):
        ax.text(j, i, f"{n}", ha="center", va="center", fontsize=11)
    ax.set_xticks(range(3), list(table.columns))
    ax.set_yticks(range(3), list(table.index))
    first, second = np.indices(counts.shape)
    kappa = cohen_kappa_score(first.ravel(), second.ravel(), sample_weight=counts.ravel())
    ax.set(title=f"Two describers: kappa {kappa:.2f}", xlabel="second", ylabel="first")
    marks.caption(figure, f"{counts.sum()} clips; is the back's edge in view?")
    return figure


def first_labels(table: pd.DataFrame, metrics: dict[str, Any]) -> Figure:
    """Labels of guide 1 against what the legs alone predict, the back hidden and in view."""
    figure, (left, right) = two_panels(10, 3.6, width_ratios=[1.1, 1])
    hidden = table["arm_cover_frac"] >= COVERED_FRAC
    for row, own in enumerate((table[hidden], table[~hidden])):
        for arched in (False, True):
            p = own.loc[own["arched"] == arched, "p_legs_only"].to_numpy(float)
            y = row + (-0.18 if arched else 0.18) + marks.spread(len(p), 0.11)
            word = f"labelled {'arched' if arched else 'good'}" if row == 0 else None
            marks.dots(left, p, y, marks.STATES[arched], word)
    marks.name_rows(left, ["arm hides\nthe waist", "back in view"])
    left.set(title="Guide 1, rep by rep", xlabel="what the legs alone predict (arched)")
    left.set_ylim(1.55, -0.75)
    left.legend(loc="upper left", ncols=2, bbox_to_anchor=(0.0, 1.0))
    rows = {
        "guide 1, arm hides the waist": metrics["labels_v1"]["legs_only_auc_hidden"],
        "guide 1, back in view": metrics["labels_v1"]["legs_only_auc_in_view"],
        "guide 2, visible moments": metrics["labels_v2"]["legs_only_auc_visible"],
    }
    for row, found in enumerate(rows.values()):
        marks.interval(right, row, found, marks.INK)
    right.axvline(0.5, **marks.CHANCE)
    marks.name_rows(right, list(rows))
    right.set(title="How well the legs predict the label", xlabel="AUC of legs only")
    right.set_xlim(0.38, 1)
    n = f"{len(table)} reps of {table['person_id'].nunique()} people"
    marks.caption(figure, f"Guide 1: {n}. 95 % intervals over people")
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

    `catch` has pairs of simulated bodies with `rise_norm`, the true height right minus left; those
    with a difference stand in bins of alike many answers.
    """
    figure, (left, right) = two_panels(10, 3.6, width_ratios=[1.25, 1])
    for y, (name, (_, ideal)) in enumerate(QUALITY.items()):
        marks.interval(left, y, figures[name], marks.INK)
        if ideal is not None:
            left.plot([ideal] * 2, [y - 0.3, y + 0.3], color=marks.GREEN, lw=2)
    marks.name_rows(left, [words for words, _ in QUALITY.values()])
    left.set(title="Raters (green: at best)", xlabel="share of answers", xlim=(0, 1.03))
    differ = catch[catch["rise_norm"] != 0]
    told = pd.DataFrame({"rise_norm": differ["rise_norm"].abs(), "right": told_right(differ)})
    binned = told.groupby(pd.qcut(told["rise_norm"], _CATCH_BINS, duplicates="drop")).mean()
    right.plot(100 * binned["rise_norm"], binned["right"], "o-", color=marks.INK)
    found = figures["catch_threshold_norm"]
    right.axvspan(100 * found["low"], 100 * found["high"], color=marks.GREEN, alpha=0.15, lw=0)
    right.axvline(100 * found["value"], color=marks.GREEN)
    right.axhline(0.75, **marks.CHANCE)
    right.set(title="Simulated bodies", ylim=(0.4, 1.03), ylabel="told right",
              xlabel="true difference in height (% of the trunk)")  # fmt: skip
    marks.caption(figure, f"{figures['n_answers']} answers to {figures['n_pairs']} pairs. "
            "95 % intervals over people; green band: difference told 3 times of 4")  # fmt: skip
    return figure


def state_table(moments: pd.DataFrame) -> pd.DataFrame:
    """Rated moments by bin of leg angle (its lower end, deg) and state; still legs are left out."""
    moving = moments[moments["rep"] > 0].dropna(subset="leg_angle_deg")
    low = (np.floor(moving["leg_angle_deg"] / ANGLE_BIN_DEG) * ANGLE_BIN_DEG).astype(int)
    words = moving["lifted"].map({"yes": "lifted", "no": "flat", "unknown": "unknown"})
    state = words.where(moving["visible"], "not visible")
    return pd.crosstab(low, state).reindex(columns=list(marks.STATE_COLOURS), fill_value=0)


def states(moments: pd.DataFrame) -> Figure:
    """State of the rated moments of reps by leg angle, in numbers and as share of the known."""
    table = state_table(moments)
    figure, (left, right) = two_panels(10, 3.6)
    middle_deg = table.index + ANGLE_BIN_DEG / 2
    before = np.zeros(len(table))
    for state, values in table.items():
        left.bar(middle_deg, values, ANGLE_BIN_DEG - 1.5, bottom=before,
                 color=marks.STATE_COLOURS[str(state)], label=state)  # fmt: skip
        before += values.to_numpy(float)
    left.legend(loc="upper right")
    left.set(title="Rated moments of reps", ylabel="moments")
    known = table["lifted"] + table["flat"]
    enough = known >= 5
    share = (table["lifted"] / known)[enough]
    right.plot(middle_deg[enough], share, "o-", color=marks.STATE_COLOURS["lifted"])
    for x, y, n in zip(middle_deg[enough], share, known[enough], strict=True):
        marks.write_at(right, x, y, f"{n}", colour=marks.GREY)
    right.set(title="Lifted, of the known", ylim=(0, 1), ylabel="share", xlim=left.get_xlim())
    for ax in (left, right):
        ax.set_xlabel("leg angle over the floor (deg)")
    n = int(table.to_numpy().sum())
    marks.caption(figure, f"{n} moments; numbers on the right: known moments")
    return figure
