"""Figures of notebook 03: what an arch looks like in the signals, and whether it is the back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.motion.rep_back import KEYS, legs_low
from leglift.params import load_params
from leglift.study.evidence import N_DRAWS, between, person_weights, rounded, scored
from leglift.study.marks import (
    BLUE,
    BROWN,
    CHANCE,
    GREY,
    INK,
    LABELS,
    OUTCOME_COLOURS,
    OUTCOME_MARKERS,
    PALE,
    band,
    caption,
    dots,
    in_words,
    interval,
    n_words,
    name_rows,
    spread,
)
from leglift.study.plots import new_figure

Floats = npt.NDArray[np.float64]

STEP_DEG = 10.0
LEAST_PEOPLE = 5
"""A curve is drawn where this many people have values."""

CUE_WORDS = {
    "gap_rise_norm": "gap over flattest",
    "edge_norm_held": "refined back edge",
    "belly_norm_held": "height of belly",
    "pelvis_turned_deg_held": "turn of pelvis",
    "hip_turned_deg_held": "turn of hip",
    "tilt_over_flat_deg": "estimated tilt",
}
"""The shipped model's cues in few words."""


# --- curves by leg angle --------------------------------------------------------------------------


def by_angle(moments: pd.DataFrame, column: str) -> pd.DataFrame:
    """Each person's median of `column` in steps of the leg's angle, summed up over people.

    Returns `label`, `leg_angle_deg` (middle of the step), `median`, `low`, `high` (the middle
    half of the people) and `n_people`.
    """
    step = (moments["leg_angle_deg"] // STEP_DEG + 0.5) * STEP_DEG
    own = (
        moments.assign(leg_angle_deg=step.astype(float))
        .groupby(["label", "leg_angle_deg", "person_id"], sort=True)[column]
        .median()
        .dropna()
    )
    by_step = own.groupby(["label", "leg_angle_deg"])
    return pd.DataFrame(
        {
            "median": by_step.median(),
            "low": by_step.quantile(0.25),
            "high": by_step.quantile(0.75),
            "n_people": by_step.size(),
        }
    ).reset_index()


def curves_by_angle(moments: pd.DataFrame, columns: Mapping[str, tuple[str, str, float]]) -> Figure:
    """Draw signals against the leg's angle, good and arched, median and middle half of people.

    `columns` gives for each signal a heading, the axis's words and a factor to its unit.
    """
    figure = new_figure(11, 4.6)
    axes = figure.subplots(1, len(columns), sharex=True, squeeze=False)[0]
    for ax, (column, (heading, label, factor)) in zip(axes, columns.items(), strict=True):
        table = by_angle(moments, column)
        for name in LABELS:
            own = table[(table["label"] == name) & (table["n_people"] >= LEAST_PEOPLE)]
            courses = factor * own["low"], factor * own["median"], factor * own["high"]
            band(ax, own["leg_angle_deg"], courses, name)
        ax.axhline(0, color=GREY, lw=0.8)
        ax.set(title=heading, ylabel=label, xlim=(100, -8))
        ax.grid(axis="y")
        ax.set_xlabel("leg above the floor (deg), lowering goes to the right")
    _key(axes[0], moments)
    caption(
        figure,
        "Line: median over people of each person's own median; band: middle half of the people; "
        f"drawn where {LEAST_PEOPLE} people or more have values.",
    )
    return figure


def _key(ax: Axes, table: pd.DataFrame, x: float = 0.03, y: float = 0.97) -> None:
    """Write the labels with their numbers in their colours, in a corner of a panel."""
    for i, name in enumerate(LABELS):
        mark = {"o": "●", "^": "▲"}[OUTCOME_MARKERS[name]]
        ax.text(x, y - 0.075 * i, f"{mark} {n_words(table, name)}", transform=ax.transAxes,
                va="top", color=OUTCOME_COLOURS[name], fontsize=9.5)  # fmt: skip


# --- profiles -------------------------------------------------------------------------------------


def low_profiles(moments: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Each person's profile with the legs low: `label`, `person_id`, and a column a place.

    `stem` is `height`, `dorsal` or `ventral`; values are changes since the legs were high, medians
    over a rep's lowest quarter, then over a person's reps. Places are in trunk lengths from the
    shoulder (0) to the hip (1).
    """
    names = [c for c in moments if c.startswith(f"{stem}_+") and c.endswith("_norm_change")]
    angle = moments["leg_angle_deg"].to_numpy(float)
    low = np.zeros(len(moments), bool)
    for rows in moments.groupby(KEYS, sort=False).indices.values():
        low[rows] = legs_low(angle[rows])
    reps = moments[low].groupby(["label", "person_id", *KEYS], sort=True)[names].median()
    people = reps.groupby(["label", "person_id"]).median()
    return people.rename(columns={c: int(c[len(stem) + 2 :][:3]) / 100 for c in names})


PROFILES = {
    "height": ("Back, edge refined in full resolution", 1.1),
    "ventral": ("Belly, the mask's outline", 0.7),
}
"""Outlines that are drawn: heading, and the last place where it is the trunk's."""


def profiles(moments: pd.DataFrame) -> Figure:
    """Draw how the back's and the belly's outline change from legs high to legs low."""
    figure = new_figure(11, 4.6)
    axes = figure.subplots(1, len(PROFILES))
    window = load_params().back
    for ax, (stem, (heading, last)) in zip(axes, PROFILES.items(), strict=True):
        table = low_profiles(moments, stem)
        table = table[[u for u in table if u <= last]]
        for name in LABELS:
            people = 100 * table.loc[name]
            low, middle, high = (people.quantile(q) for q in (0.25, 0.5, 0.75))
            band(ax, people.columns.to_numpy(float), (low, middle, high), name)
        ax.axhline(0, color=GREY, lw=0.8)
        ax.axvspan(window.lumbar_from, min(window.lumbar_to, last), color=PALE, alpha=0.4, lw=0,
                   zorder=0)  # fmt: skip
        ax.text(window.lumbar_from + 0.01, 0.02, "lumbar window", color=GREY, fontsize=9,
                transform=ax.get_xaxis_transform())  # fmt: skip
        ax.set(title=heading, xlim=(0.1, last), xlabel="from shoulder (0) to hip (1)")
        ax.grid(axis="y")
    axes[0].set_ylabel("legs low against legs high\n(% of the trunk's length)")
    axes[0].set_ylim(top=1.5 * axes[0].get_ylim()[1])
    _key(axes[0], moments)
    caption(figure, "Line: median over people; band: middle half of the people. Up is off the "
            "floor. The belly is shown as far as the thighs do not hide it.")  # fmt: skip
    return figure


# --- cues -----------------------------------------------------------------------------------------


def cues(verdicts: pd.DataFrame, features: pd.DataFrame) -> Figure:
    """Draw each of the shipped model's cues, a dot a person and label, with its AUC on its own."""
    table = verdicts[[*KEYS, "person_id", "label"]].merge(features[[*KEYS, *CUE_WORDS]], on=KEYS)
    figure = new_figure(11, 3.9)
    axes = figure.subplots(1, len(CUE_WORDS))
    for ax, (cue, words) in zip(axes, CUE_WORDS.items(), strict=True):
        factor, unit = (100, "% of trunk") if "_norm" in cue else (1, "deg")
        own = factor * table.groupby(["label", "person_id"])[cue].median()
        for x, name in enumerate(LABELS):
            _dots(ax, x, own.loc[name].dropna().sort_values(), name)
        auc = cue_auc(table, cue)
        ax.set_title(f"{words}\nAUC {auc['value']:.2f}\n({auc['low']:.2f} to {auc['high']:.2f})",
                     fontsize=9)  # fmt: skip
        ax.set_xticks([0, 1], [in_words(name) for name in LABELS])
        ax.set(xlim=(-0.5, 1.5), ylabel=unit)
    n = ", ".join(n_words(table, name) for name in LABELS)
    caption(figure, f"A dot is a person's median, the bar the median of people; {n}. AUC over all "
            "reps, interval over people.")  # fmt: skip
    return figure


def _dots(ax: Axes, x: float, values: pd.Series, name: str) -> None:
    dots(ax, x + spread(len(values), 0.22), values, name)
    ax.hlines(values.median(), x - 0.32, x + 0.32, color=INK, lw=2)


def cue_auc(table: pd.DataFrame, cue: str, n_draws: int = 500) -> dict[str, Any]:
    """AUC of one cue alone, with its interval over people; reps without it take its median."""
    score = table[cue].fillna(table[cue].median())
    reps = table.assign(arched=table["label"] == "arched", p_arched=score)
    return matched_auc(reps, {}, n_draws)


def importance(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw how far the AUC on left-out people falls when a cue is shuffled."""
    ordered = sorted(rows, key=lambda row: -row["auc_drop"]["value"])
    figure = new_figure(7.5, 0.9 + 0.36 * len(ordered))
    ax = figure.subplots()
    for y, row in enumerate(ordered):
        interval(ax, y, row["auc_drop"], BLUE)
    ax.axvline(0, **CHANCE)
    name_rows(ax, [CUE_WORDS.get(row["feature"], in_words(row["feature"])) for row in ordered])
    ax.set_xlabel("fall of the AUC on left-out people when the cue's values are shuffled")
    caption(figure, "Mean of many shuffles; bars: 95 % over people.")
    return figure


# --- legs or back ---------------------------------------------------------------------------------


def matched_auc(
    reps: pd.DataFrame, within: Mapping[str, float], n_draws: int = N_DRAWS
) -> dict[str, Any]:
    """AUC over pairs of an arched and a good rep that are alike in other things.

    Parameters
    ----------
    reps
        `person_id`, `arched`, `p_arched` and the columns named in `within`.
    within
        How far two reps may be apart in each of these columns; empty for all pairs. Words must be
        equal.

    Returns
    -------
    `value`, `low`, `high` (95 % over people) and `n_pairs`.
    """
    own = scored(reps.assign(threshold=0.5))
    pairs = _alike(reps, within)
    high, low = own.p[own.arched][:, None], own.p[~own.arched][None]
    right = np.where(high > low, 1.0, np.where(high == low, 0.5, 0.0)) * pairs
    weights = np.concatenate([np.ones((1, len(reps))), person_weights(reps["person_id"], n_draws)])
    one, other = weights[:, own.arched], weights[:, ~own.arched]
    n = ((one @ pairs.astype(float)) * other).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = ((one @ right) * other).sum(1) / n
    return {**rounded(values[0], *between(values[1:])), "n_pairs": int(pairs.sum())}


def _alike(reps: pd.DataFrame, within: Mapping[str, float]) -> npt.NDArray[np.bool_]:
    arched = reps["arched"].to_numpy(bool)
    pairs = np.ones((arched.sum(), (~arched).sum()), bool)
    for column, most in within.items():
        values = reps[column].to_numpy()
        a, b = values[arched][:, None], values[~arched][None]
        pairs &= (a == b) if values.dtype == object else np.abs(a - b) <= most
    return pairs


MATCHES: dict[str, dict[str, float]] = {
    "all pairs": {},
    "same exercise": {"exercise": 0},
    "legs alike (lowest and top angle within 15 deg)": {
        "lowest_leg_angle_deg": 15, "top_leg_angle_deg": 15,
    },
    "same exercise, legs alike": {
        "exercise": 0, "lowest_leg_angle_deg": 15, "top_leg_angle_deg": 15,
    },
}  # fmt: skip
"""Pairs of an arched and a good rep that are compared, from easy to hard for legs alone."""


COMPARED = {"both": "shipped model", "legs only": "legs only", "gap rule": "gap rule"}
"""Methods that `matches` draws."""


def match_table(
    predictions: pd.DataFrame, features: pd.DataFrame, methods: Mapping[str, str]
) -> pd.DataFrame:
    """AUC of methods over `MATCHES`: `method`, `pairs`, `n_pairs`, `value`, `low`, `high`."""
    legs = features[[*KEYS, "lowest_leg_angle_deg", "top_leg_angle_deg"]]
    rows = []
    for method, words in methods.items():
        reps = predictions[predictions["method"] == method].merge(legs, on=KEYS)
        reps = reps.assign(exercise=reps["exercise"].astype(object))
        for pairs, within in MATCHES.items():
            rows.append({"method": words, "pairs": pairs, **matched_auc(reps, within)})
    return pd.DataFrame(rows)


def matches(table: pd.DataFrame) -> Figure:
    """Draw `match_table`: which method holds when legs and exercise no longer help."""
    figure = new_figure(9.5, 3.9)
    ax = figure.subplots()
    methods = list(table["method"].unique())
    looks = dict(zip(methods, ((BLUE, "o"), (INK, "s"), (BROWN, "D")), strict=False))
    for i, (method, rows) in enumerate(table.groupby("method", sort=False)):
        colour, mark = looks[str(method)]
        shift = 0.2 * (i - (len(methods) - 1) / 2)
        for y, row in enumerate(rows.to_dict("records")):
            interval(ax, y + shift, row, colour, mark)
        ax.plot([], [], mark, color=colour, label=str(method))
    ax.axvline(0.5, **CHANCE)
    first = table[table["method"] == methods[0]]
    names = [
        f"{r.pairs.replace(' (', chr(10) + '(')}\n{r.n_pairs} pairs" for r in first.itertuples()
    ]
    name_rows(ax, names)
    ax.set_xlim(min(0.2, table["low"].min()), 1.0)
    ax.set_xlabel(
        "AUC over pairs of an arched and a good rep (0.5 is chance), interval over people"
    )
    figure.legend(loc="outside upper right", ncols=len(methods))
    return figure


def legs_by_exercise(verdicts: pd.DataFrame, features: pd.DataFrame) -> Figure:
    """Draw lowest leg angle by exercise and label, a dot a rep: why legs alone can tell."""
    columns = [*KEYS, "lowest_leg_angle_deg", "top_leg_angle_deg"]
    table = verdicts[[*KEYS, "person_id", "exercise", "label"]].merge(features[columns], on=KEYS)
    order = table["exercise"].value_counts().index
    figure = new_figure(11, 0.42 * len(order) + 1.3)
    axes = figure.subplots(1, 2, sharey=True)
    for ax, column, words in zip(axes, columns[2:], ("Lowest", "Highest"), strict=True):
        for y, exercise in enumerate(order):
            for name, shift in (("good", -0.16), ("arched", 0.16)):
                own = table[(table["exercise"] == exercise) & (table["label"] == name)][column]
                dots(ax, own, y + shift + spread(len(own), 0.1), name)
        ax.set(title=f"{words} leg angle", xlabel="leg above the floor (deg)")
        ax.grid(axis="x")
    by_exercise = table.groupby("exercise")["label"]
    n, arched = by_exercise.size(), by_exercise.agg(lambda x: int((x == "arched").sum()))
    name_rows(axes[0], [f"{in_words(e)}: {arched[e]} of {n[e]} arched" for e in order])
    caption(figure, "A mark is a rep: " + ", ".join(n_words(table, name) for name in LABELS) + ".")
    return figure
