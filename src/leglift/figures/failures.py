"""Where the instrument fails: people, exercises, the gate's mistakes, and the point of control."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from leglift.equal_angle import auc_equal_leg_angle, over_people, person_weights
from leglift.figures import marks
from leglift.figures.evidence import Evidence, seen_of
from leglift.figures.plots import two_panels
from leglift.study.fit import measured_left_out, of_split
from leglift.study.headline import control_errors, control_intervals
from leglift.study.model_card import format_interval

CALL_COLOURS = {"right": "#D8DEE5", "called lifted, is flat": marks.ORANGE, "missed": marks.RED}


def people_order(own: pd.DataFrame) -> list[str]:
    """People by the height at which their flat back reads; those without one come last."""
    medians = own.pivot_table("height_norm", "person_id", "lifted", "median")
    by_state = medians.reindex(columns=[False, True])
    return list(by_state.sort_values([False, True]).index)


def people(judged: pd.DataFrame, middle_norm: float, cut_norm: float) -> Figure:
    """Height of the edge in every labelled moment, a row a person, a panel a split."""
    figure, panels = two_panels(10, 5.6, sharex=True)
    for ax, split in zip(panels, marks.SPLITS, strict=True):
        own = seen_of(judged, split)
        order = people_order(own)
        cloth = own.groupby("person_id")["clothing"].first()
        for lifted, state in marks.STATES.items():
            rows = own[own["lifted"] == lifted]
            y = rows["person_id"].map(order.index) + marks.spread(len(rows), 0.22)
            marks.dots(ax, 100 * rows["height_norm"], y, state, state)
        ax.axvline(100 * middle_norm, **marks.CHANCE)
        ax.axvline(100 * cut_norm, color=marks.INK, lw=0.8)
        marks.name_rows(ax, [f"{p}, {cloth[p]}" for p in order])
        ax.tick_params(axis="y", labelsize=7.5)
        ax.set(title=split, xlabel="height of the edge (% of the trunk)")
    panels[0].legend(loc="upper right")
    marks.caption(
        figure,
        "Moments that the gate lets through. Dashed: even odds; line: called lifted from here",
    )
    return figure


def group_table(judged: pd.DataFrame, column: str) -> pd.DataFrame:
    """Right and wrong calls by exercise or cloth, a row a split and group.

    People, flat moments and how many are called lifted, lifted moments and how many are found.
    """
    own = judged[judged["through"]]
    groups = own.assign(
        flat=~own["lifted"],
        false_alarms=own["called"] & ~own["lifted"],
        found=own["called"] & own["lifted"],
    ).groupby(["split", column])
    sums = groups[["flat", "false_alarms", "lifted", "found"]].sum()
    sums.insert(0, "people", groups["person_id"].nunique())
    return sums


def exercises(judged: pd.DataFrame) -> Figure:
    """Share of flat moments called lifted and of lifted ones missed, by exercise."""
    table = group_table(judged, "exercise")
    figure, panels = two_panels(10, 4.2)
    for ax, split in zip(panels, marks.SPLITS, strict=True):
        own = table.loc[split]
        own = own.loc[(-own["flat"] - own["lifted"]).sort_values(kind="stable").index]
        right = own["flat"] - own["false_alarms"] + own["found"]
        calls = pd.concat([right, own["false_alarms"], own["lifted"] - own["found"]], axis=1)
        calls.columns = list(CALL_COLOURS)
        calls.index = [f"{name} ({n})" for name, n in own["people"].items()]
        marks.stacked(ax, calls, CALL_COLOURS)
        ax.set(title=split, xlabel="labelled moments seen")
    panels[0].legend(loc="lower right")
    marks.caption(
        figure, "In brackets: people. At the shipped cut-off; on the study people are left out"
    )
    return figure


# --- the gate -----------------------------------------------------------------------------------


def gate_mistakes(described: pd.DataFrame, visibility: pd.DataFrame) -> pd.DataFrame:
    """Clips of which the gate lets moments pass that nobody sees, most of them first.

    A row a clip: split, person, exercise, `passed` moments, `false_passes`, and `said`, what both
    describers name as hiding the edge.
    """
    table = described[described["through"]].assign(false=lambda own: ~own["visible"].astype(bool))
    table = table.groupby(["split", "clip_id", "person_id", "exercise"])["false"].agg(
        passed="size", false_passes="sum"
    ).reset_index()  # fmt: skip
    table = table[table["false_passes"] > 0]
    both = visibility.groupby("clip_id")["hidden_by"].agg(named_by_both)
    return table.assign(said=table["clip_id"].map(both)).sort_values(
        "false_passes", ascending=False, kind="stable", ignore_index=True
    )


def named_by_both(hidden_by: pd.Series) -> str:
    """Reasons that every describer of a clip names, in order of the alphabet."""
    named = [set(filter(None, said.split(";"))) for said in hidden_by]
    return ", ".join(sorted(set.intersection(*named)))


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
    test = mistakes[mistakes["split"] == "test"]
    figure, (left, right) = two_panels(10, 4.4, width_ratios=[0.8, 1.2])
    marks.bars_by_split(left, false_share_by_reason(described, mistakes))
    left.set(title="False passes", xlabel="share of what the gate lets through")
    left.legend(loc="lower right")
    y = range(len(test))
    right.barh(y, test["passed"], color="#D8DEE5", label="let through")
    bars = right.barh(y, test["false_passes"], color=marks.RED, label="of them nobody sees")
    right.bar_label(bars, [f" {said or 'they differ'}" for said in test["said"]], fontsize=8)
    names = [f"{r.person_id}, {marks.in_words(r.exercise)}" for r in test.itertuples()]
    marks.name_rows(right, names)
    right.tick_params(axis="y", labelsize=8)
    right.set(title="Clips of the test", xlabel="moments (two a second)")
    right.legend(loc="center right")
    marks.caption(
        figure,
        "Words: what both describers name; on the left people weigh alike, a clip may have several",
    )
    return figure


# --- the point of control -----------------------------------------------------------------------


def control_table(evidence: Evidence) -> pd.DataFrame:
    """Reps of the study with the raters' interval and the instrument's error, people left out."""
    intervals = control_intervals(of_split(evidence.moments, "study"))
    clips = evidence.edge["clip_id"].isin(intervals["clip_id"])
    course = measured_left_out(evidence.edge[clips], seen_of(evidence.judged, "study"))
    return control_errors(intervals, course, evidence.card["lifted_at"])


def control(table: pd.DataFrame, figures: dict[str, Any]) -> Figure:
    """Error of the point of control in degrees, a row a person, with the raters' own answer."""
    order = sorted(set(table["person_id"]))
    table = table.assign(
        y=table["person_id"].map(order.index) + marks.spread(len(table), 0.2),
        flat_deg=table["flat_deg"].clip(upper=125),
    )
    never = table["lifted_deg"].isna()
    stays, leaves = table[never], table[~never]
    figure, (left, right) = two_panels(10, 4.0, sharey=True)
    left.hlines(leaves["y"], leaves["lifted_deg"], leaves["flat_deg"], color=marks.RED, lw=2.5)
    left.plot(stays["flat_deg"], stays["y"], "<", color=marks.BLUE, ms=6, mew=0)
    left.set(title="What raters saw", xlabel="leg angle (deg)")
    left.plot([], [], color=marks.RED, lw=2.5, label="leaves the floor in here")
    left.plot([], [], "<", color=marks.BLUE, label="flat down to here")
    for rows, colour, word in (
        (stays, marks.BLUE, "raters: stays flat"),
        (leaves, marks.RED, "raters: leaves"),
    ):
        error_deg, y = rows[["error_deg", "y"]].dropna().to_numpy().T
        right.plot(error_deg, y, "o", color=colour, ms=5.5, alpha=0.7, mew=0, label=word)
    right.axvline(0, color=marks.GREY, lw=0.8)
    right.set(title="Error of the instrument", xlabel="too late  <  0  >  too early (deg)")
    for ax in (left, right):
        ax.legend(loc="lower right")
        marks.name_rows(ax, order)
        ax.set_ylim(len(order) + 1.3, -0.5)
    n = f"{len(table)} reps of {len(order)} people, {table['error_deg'].count()} answered"
    error = format_interval(figures["point_of_control_error_deg"], 0)
    marks.caption(figure, f"{n}; median size of the error {error} deg")
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
