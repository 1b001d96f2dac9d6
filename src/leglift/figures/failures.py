"""Where the instrument fails: people, exercises, the gate's mistakes, and the point of control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.equal_angle import auc_equal_leg_angle, over_people, person_weights
from leglift.figures.evidence import Evidence, seen_of
from leglift.study.fit import measured_left_out
from leglift.study.headline import control_errors, control_intervals
from leglift.study.marks import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    SPLITS,
    STATES,
    caption,
    dots,
    in_words,
    name_rows,
    spread,
)
from leglift.study.model_card import format_interval
from leglift.study.plots import new_figure


def people_order(own: pd.DataFrame) -> list[str]:
    """People by the height at which their flat back reads; those without one come last."""
    flat = own[~own["lifted"]].groupby("person_id")["height_norm"].median()
    up = own[own["lifted"]].groupby("person_id")["height_norm"].median()
    only_up = up[~up.index.isin(flat.index)]
    return [*flat.sort_values().index, *only_up.sort_values().index]


def people(judged: pd.DataFrame, middle_norm: float, cut_norm: float) -> Figure:
    """Height of the edge in every labelled moment, a row a person, a panel a split."""
    figure = new_figure(10, 5.6)
    panels = figure.subplots(1, 2, sharex=True)
    for ax, split in zip(panels, SPLITS, strict=True):
        own = seen_of(judged, split)
        order = people_order(own)
        cloth = own.groupby("person_id")["clothing"].first()
        for lifted, state in STATES.items():
            rows = own[own["lifted"] == lifted]
            y = rows["person_id"].map({p: i for i, p in enumerate(order)}).to_numpy(float)
            dots(ax, 100 * rows["height_norm"], y + spread(len(rows), 0.22), state, state)
        ax.axvline(100 * middle_norm, color=GREY, lw=0.8, ls=(0, (4, 3)))
        ax.axvline(100 * cut_norm, color=INK, lw=0.8)
        name_rows(ax, [f"{p}, {cloth[p]}" for p in order])
        ax.tick_params(axis="y", labelsize=7.5)
        ax.set(title=split, xlabel="height of the edge (% of the trunk)")
    panels[0].legend(loc="upper right")
    caption(
        figure,
        "Moments that the gate lets through. Dashed: even odds; line: called lifted from here",
    )
    return figure


def group_table(judged: pd.DataFrame, column: str) -> pd.DataFrame:
    """Right and wrong calls by exercise or cloth, a row a split and group.

    People, flat moments and how many are called lifted, lifted moments and how many are found.
    """
    own = judged[judged["through"]]
    wrong_up = own["called"] & ~own["lifted"]
    table = own.assign(
        false_alarms=wrong_up, found=own["called"] & own["lifted"], flat=~own["lifted"]
    )
    sums = table.groupby(["split", column])[["flat", "false_alarms", "lifted", "found"]].sum()
    count = table.groupby(["split", column])["person_id"].nunique().rename("people")
    return sums.join(count)[["people", "flat", "false_alarms", "lifted", "found"]]


def exercises(judged: pd.DataFrame) -> Figure:
    """Share of flat moments called lifted and of lifted ones missed, by exercise."""
    table = group_table(judged, "exercise")
    figure = new_figure(10, 4.2)
    panels = figure.subplots(1, 2)
    for ax, split in zip(panels, SPLITS, strict=True):
        own = table.loc[split]
        order = (-own["flat"] - own["lifted"]).sort_values(kind="stable").index
        own = own.loc[order]
        wrong = pd.DataFrame({"right": own["flat"] - own["false_alarms"] + own["found"],
                              "called lifted, is flat": own["false_alarms"],
                              "missed": own["lifted"] - own["found"]})  # fmt: skip
        wrong_bars(ax, wrong)
        names = zip(own.index, own["people"], strict=True)
        name_rows(ax, [f"{in_words(str(name))} ({n})" for name, n in names])
        ax.set(title=split, xlabel="labelled moments seen")
    panels[0].legend(loc="lower right")
    caption(figure, "In brackets: people. At the shipped cut-off; on the study people are left out")
    return figure


def wrong_bars(ax: Axes, table: pd.DataFrame) -> None:
    """Bars of right calls and both kinds of wrong ones, with the numbers of the wrong."""
    before = np.zeros(len(table))
    for (name, values), colour in zip(table.items(), ("#D8DEE5", ORANGE, RED), strict=True):
        bars = ax.barh(range(len(table)), values, left=before, color=colour, label=name)
        words = [f"{v}" if v else "" for v in values]
        ax.bar_label(bars, words, label_type="center", fontsize=8)
        before += values.to_numpy(float)


# --- the gate -----------------------------------------------------------------------------------


def gate_mistakes(described: pd.DataFrame, visibility: pd.DataFrame) -> pd.DataFrame:
    """Clips of which the gate lets moments pass that nobody sees, most people's share first.

    A row a clip: split, person, exercise, `passed` moments, `false_passes`, and `said`, what both
    describers name as hiding the edge.
    """
    open_ = described[described["through"]]
    table = open_.assign(false=~open_["visible"].astype(bool)).groupby(
        ["split", "clip_id", "person_id", "exercise"]
    )["false"].agg(passed="size", false_passes="sum").reset_index()  # fmt: skip
    both = visibility.groupby("clip_id")["hidden_by"].agg(named_by_both)
    table["said"] = table["clip_id"].map(both)
    table = table[table["false_passes"] > 0].sort_values(
        "false_passes", ascending=False, kind="stable"
    )
    return table.reset_index(drop=True)


def named_by_both(hidden_by: pd.Series) -> str:
    """Reasons that every describer of a clip names, in order of the alphabet."""
    named = [set(filter(None, said.split(";"))) for said in hidden_by]
    return ", ".join(sorted(set.intersection(*named))) if named else ""


def false_share_by_reason(described: pd.DataFrame, mistakes: pd.DataFrame) -> pd.DataFrame:
    """Return false passes by what both describers name, as share of all passes, people alike."""
    columns = {}
    for split, own in described.groupby("split"):
        weights = person_weights(own["person_id"]) * own["through"].to_numpy(bool)
        said = own["clip_id"].map(mistakes.set_index("clip_id")["said"]).fillna("")
        hidden = ~own["visible"].to_numpy(bool)
        total = weights.sum()
        columns[str(split)] = {"any reason": weights[hidden].sum() / total} | {
            reason: weights[hidden & said.str.contains(reason).to_numpy(bool)].sum() / total
            for reason in ("posture", "clothing", "dark", "arm")
        }
    return pd.DataFrame(columns)


def gate(described: pd.DataFrame, visibility: pd.DataFrame) -> Figure:
    """Show what the gate lets through though nobody can see it."""
    mistakes = gate_mistakes(described, visibility)
    shares = false_share_by_reason(described, mistakes)
    test = mistakes[mistakes["split"] == "test"]
    figure = new_figure(10, 4.4)
    left, right = figure.subplots(1, 2, width_ratios=[0.8, 1.2])
    for split, shift, colour in zip(SPLITS, (-0.2, 0.2), (BLUE, ORANGE), strict=True):
        left.barh(np.arange(len(shares)) + shift, shares[split], 0.36, color=colour, label=split)
    name_rows(left, list(shares.index))
    left.set(title="False passes", xlabel="share of what the gate lets through")
    left.legend(loc="lower right")
    right.barh(range(len(test)), test["passed"], color="#D8DEE5", label="let through")
    bars = right.barh(
        range(len(test)), test["false_passes"], color=RED, label="of them nobody sees"
    )
    right.bar_label(bars, [f" {said or 'they differ'}" for said in test["said"]], fontsize=8)
    name_rows(right, [f"{r.person_id}, {in_words(r.exercise)}" for r in test.itertuples()])
    right.tick_params(axis="y", labelsize=8)
    right.set(title="Clips of the test", xlabel="moments (two a second)")
    right.legend(loc="center right")
    caption(
        figure,
        "Words: what both describers name; on the left people weigh alike, a clip may have several",
    )
    return figure


# --- the point of control -----------------------------------------------------------------------


def control_table(evidence: Evidence) -> pd.DataFrame:
    """Reps of the study with the raters' interval and the instrument's error, people left out."""
    judged = evidence.judged
    fitted = judged[(judged["split"] == "study") & judged["through"]].reset_index(drop=True)
    rated = evidence.moments[evidence.moments["split"] == "study"]
    intervals = control_intervals(rated)
    clips = evidence.edge["clip_id"].isin(intervals["clip_id"])
    course = measured_left_out(evidence.edge[clips], fitted)
    errors = control_errors(intervals, course, evidence.card["lifted_at"])
    return intervals.merge(errors, on=["clip_id", "rep", "person_id"])


def control(table: pd.DataFrame, figures: dict[str, Any]) -> Figure:
    """Error of the point of control in degrees, a row a person, with the raters' own answer."""
    order = list(dict.fromkeys(table.sort_values("person_id")["person_id"]))
    place = table["person_id"].map({p: i for i, p in enumerate(order)}).to_numpy(float)
    y = place + spread(len(table), 0.2)
    never = table["lifted_deg"].isna()
    figure = new_figure(10, 4.0)
    left, right = figure.subplots(1, 2, sharey=True)
    top = table["flat_deg"].clip(upper=125)
    left.hlines(y[~never], table["lifted_deg"][~never], top[~never], color=RED, lw=2.5)
    left.plot(top[never], y[never], "<", color=BLUE, ms=6, mew=0)
    left.set(title="What raters saw", xlabel="leg angle (deg)")
    left.plot([], [], color=RED, lw=2.5, label="leaves the floor in here")
    left.plot([], [], "<", color=BLUE, label="flat down to here")
    left.legend(loc="lower right")
    known = table["error_deg"].notna()
    for rows, colour, word in (
        (never, BLUE, "raters: stays flat"),
        (~never, RED, "raters: leaves"),
    ):
        shown = (rows & known).to_numpy()
        right.plot(
            table["error_deg"][shown],
            y[shown],
            "o",
            color=colour,
            ms=5.5,
            alpha=0.7,
            mew=0,
            label=word,
        )
    right.axvline(0, color=GREY, lw=0.8)
    right.set(title="Error of the instrument", xlabel="too late  <  0  >  too early (deg)")
    right.legend(loc="lower right")
    for ax in (left, right):
        name_rows(ax, order)
        ax.set_ylim(len(order) + 1.3, -0.5)
    found = figures["point_of_control_error_deg"]
    caption(figure, f"{len(table)} reps of {len(order)} people, {int(known.sum())} answered; "
            f"median size of the error {format_interval(found, 0)} deg")  # fmt: skip
    return figure


LARGE_PX = 200
"""Trunk length from which a person counts as large in the picture."""

_CLEAR_NORM = (0.005, 0.04)
_DRAWS = 500


def holding_back(judged: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """AUC at equal leg angle of parts of what the gate lets through, everybody together.

    Parts by what describers see, by size in the picture, by how clear raters found it, and of
    people seen in both states: as read, and over the median of their own flat moments.
    """
    own = judged[judged["through"]].reset_index(drop=True)
    by_eye = own["clip_id"].map(videos.set_index("clip_id")["back_visible"])
    rise, large = own["lift_score"], own["trunk_px"] >= LARGE_PX
    clear = rise.isna() | (rise <= _CLEAR_NORM[0]) | (rise >= _CLEAR_NORM[1])
    both = own.groupby("person_id")["lifted"].transform("nunique") == 2
    flat = own["height_norm"].where(~own["lifted"]).groupby(own["person_id"]).transform("median")
    parts = {
        "all": (own["through"], own["p"]),
        "visibility: back seen all along": (by_eye == "all", own["p"]),
        "visibility: back seen in part": (by_eye == "part", own["p"]),
        f"resolution: trunk of {LARGE_PX} pixels and more": (large, own["p"]),
        "resolution: smaller": (~large, own["p"]),
        "labels: clear moments alone": (clear, own["p"]),
        "people: those seen in both states": (both, own["p"]),
        "people: the same, over their own flat back": (both, own["height_norm"] - flat),
    }
    return pd.DataFrame.from_dict(
        {name: _part(own[rows], score[rows]) for name, (rows, score) in parts.items()},
        orient="index",
    )


def _part(rows: pd.DataFrame, score: pd.Series) -> dict[str, Any]:
    rows, values = rows.reset_index(drop=True), score.to_numpy(float)
    found = over_people(
        rows["person_id"], lambda w: auc_equal_leg_angle(rows, values, w), n_draws=_DRAWS
    )
    n = {"moments": found["n_moments"], "people": found["n_people"]}
    return {"AUC at equal leg angle": format_interval(found), **n}
