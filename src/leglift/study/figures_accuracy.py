"""Figures of notebook 04: how well the verdicts hold on people nobody was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leglift.study.comparison import SHIPPED
from leglift.study.evidence import Scored, calibration_table, person_weights, risk_coverage, scored
from leglift.study.marks import (
    BLUE,
    BROWN,
    CHANCE,
    DASHES,
    GREEN,
    GREY,
    INK,
    LABELS,
    ORANGE,
    OUTCOME_COLOURS,
    PURPLE,
    caption,
    dots,
    in_words,
    interval,
    n_words,
    name_rows,
    people_words,
)
from leglift.study.plots import new_figure
from leglift.study.results import METHOD_NAMES

Floats = npt.NDArray[np.float64]

GRID = np.linspace(0, 1, 101)
CURVES = {SHIPPED: (BLUE, "-"), "legs only": (INK, (0, (5, 2))), "gap rule": (GREEN, (0, (1, 1)))}
"""Methods that have a curve, each with its colour and dashes."""

HEADLINES = {
    "auc": ("AUC", 0.5),
    "auc_within_exercise": ("AUC within an exercise", 0.5),
    "balanced_accuracy": ("balanced accuracy", 0.5),
}
"""Figures that are shown of every method: words, and the value that means nothing."""


# --- every method, and the raters -----------------------------------------------------------------


def headline(scope: Mapping[str, Any], raters: Mapping[str, Any]) -> Figure:
    """Draw every method's figures with intervals over people, the raters' own above them.

    `scope` is `model.all` or `model.headline` of `reports/metrics.json`, `raters` is its
    `model.raters`: each against the two others where these agree, so reps are easier there.
    """
    methods = {k: scope["methods"][k] for k in METHOD_NAMES if k in scope["methods"]}
    names = [f"rater {i + 1} against the others" for i in range(len(raters))]
    rows = [*raters.values(), *methods.values()]
    names += [METHOD_NAMES[name] for name in methods]
    colours = [PURPLE] * len(raters) + [_colour(name) for name in methods]
    figure = new_figure(11, 0.29 * len(rows) + 1.3)
    axes = figure.subplots(1, len(HEADLINES), sharey=True)
    for ax, (key, (words, chance)) in zip(axes, HEADLINES.items(), strict=True):
        for y, (row, colour) in enumerate(zip(rows, colours, strict=True)):
            interval(ax, y, row.get(key), colour)
        ax.axvline(chance, **CHANCE)
        if raters:
            ax.axhline(len(raters) - 0.5, color=GREY, lw=0.6)
        ax.set(title=words[0].upper() + words[1:], xlim=(-0.02, 1.02))
        ax.grid(axis="x")
    name_rows(axes[0], names)
    if raters:
        axes[0].text(0.5, (len(raters) - 1) / 2, "raters give no probability", ha="center",
                     va="center", color=GREY, fontsize=9, bbox={"color": "white"})  # fmt: skip
    one = scope["methods"][SHIPPED]
    caption(
        figure,
        f"{one['n_reps']} reps of {one['n_people']} people, {one['n_arched']} arched (of "
        f"{one['n_people_arched']} people). Bars: 95 % over people."
        + (" Raters: reps on which the two others agree." if raters else ""),
    )
    return figure


def _colour(method: str) -> str:
    return BLUE if method == SHIPPED else BROWN if method.startswith("legs") else INK


# --- ROC and precision-recall ---------------------------------------------------------------------


def roc_and_pr(predictions: pd.DataFrame, raters: Mapping[str, Any], n_draws: int = 1000) -> Figure:
    """Draw ROC and precision-recall curves; the shipped model's with a 95 % band over people."""
    figure = new_figure(11, 5.2)
    left, right = figure.subplots(1, 2)
    for method, (colour, dashes) in CURVES.items():
        table = predictions[predictions["method"] == method]
        band = method == SHIPPED
        weights = [np.ones((1, len(table)))]
        weights += [person_weights(table["person_id"], n_draws)] if band else []
        for ax, curve in ((left, roc_curve), (right, pr_curve)):
            found = curve(scored(table), np.concatenate(weights))
            ax.plot(GRID, found[0], color=colour, ls=dashes, lw=2.4 if band else 1.6,
                    label=METHOD_NAMES[method])  # fmt: skip
            if band:
                low, high = np.nanpercentile(found[1:], [2.5, 97.5], axis=0)
                ax.fill_between(GRID, low, high, color=colour, alpha=0.15, lw=0)
    _operating_points(left, right, predictions[predictions["method"] == SHIPPED], raters)
    left.plot([0, 1], [0, 1], **CHANCE)
    share = predictions.loc[predictions["method"] == SHIPPED, "arched"].mean()
    right.axhline(share, **CHANCE)
    right.annotate(f"{share:.0%} of the reps are arched", (0.02, share), (0, -11),
                   textcoords="offset points", color=GREY, fontsize=8.5)  # fmt: skip
    left.set(title="ROC", xlabel="false alarms (share of good reps called arched)",
             ylabel="sensitivity (share of arched reps found)")  # fmt: skip
    right.set(title="Precision and recall", xlabel="recall (share of arched reps found)",
              ylabel="precision (share of calls that are right)")  # fmt: skip
    for ax in (left, right):
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03), aspect="equal")
    left.legend(loc="lower right")
    table = predictions[predictions["method"] == SHIPPED]
    caption(
        figure,
        "Band: 95 % over people; precision is the highest at that recall or more. "
        + ", ".join(n_words(table, name) for name in LABELS)
        + ".",
    )
    return figure


def _operating_points(
    left: Axes, right: Axes, table: pd.DataFrame, raters: Mapping[str, Any]
) -> None:
    called, arched = scored(table).called, table["arched"].to_numpy(bool)
    found, alarms = called[arched].mean(), called[~arched].mean()
    left.plot(alarms, found, "o", color=BLUE, ms=9, mec="white", label="shipped, at its threshold")
    right.plot(found, arched[called].mean() if called.any() else np.nan, "o", color=BLUE, ms=9,
               mec="white")  # fmt: skip
    for i, rater in enumerate(raters.values()):
        alarms, found = 1 - rater["specificity"]["value"], rater["sensitivity"]["value"]
        left.plot(alarms, found, "*", ms=12, color=PURPLE, mec="white",
                  label=None if i else "a rater against the others")  # fmt: skip


def roc_curve(reps: Scored, weights: Floats) -> Floats:
    """Sensitivity (n_draws, 101) at each share of false alarms in `GRID`."""
    found, alarms = _running(reps, weights)
    return np.array([_step(a, f) for a, f in zip(alarms, found, strict=True)])


def pr_curve(reps: Scored, weights: Floats) -> Floats:
    """Highest precision (n_draws, 101) at each recall in `GRID` or above."""
    order, ends = _order(reps.p)
    called = weights[:, order].cumsum(1)[:, ends]
    hits = (weights * reps.arched)[:, order].cumsum(1)[:, ends]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / called, hits / hits[:, -1:]
    return np.array([_best(r, p) for r, p in zip(recall, precision, strict=True)])


def _running(reps: Scored, weights: Floats) -> tuple[Floats, Floats]:
    order, ends = _order(reps.p)
    sides = []
    for side in (reps.arched, ~reps.arched):
        hits = (weights * side)[:, order].cumsum(1)[:, ends]
        with np.errstate(invalid="ignore", divide="ignore"):
            sides.append(hits / hits[:, -1:])
    return sides[0], sides[1]


def _order(p: Floats) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
    order = np.argsort(-p, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(p[order]) != 0, True))


def _step(alarms: Floats, found: Floats) -> Floats:
    if not np.isfinite(alarms).all() or not np.isfinite(found).all():
        return np.full(len(GRID), np.nan)
    x, y = np.append(0.0, alarms), np.append(0.0, found)
    last = np.searchsorted(x, GRID + 1e-9, side="right") - 1  # highest point not beyond
    return np.asarray(y[last])


def _best(recall: Floats, precision: Floats) -> Floats:
    if not np.isfinite(recall).all():
        return np.full(len(GRID), np.nan)
    best = np.maximum.accumulate(np.nan_to_num(precision)[::-1])[::-1]
    return np.asarray(best[np.searchsorted(recall, GRID - 1e-9).clip(max=len(best) - 1)])


# --- calibration, confusion, risk and coverage ----------------------------------------------------


def calibration(table: pd.DataFrame, n_draws: int = 500) -> Figure:
    """Draw how often reps of a stated probability are arched, and where probabilities lie.

    Both kinds of reps count alike, as they do in the probability itself.
    """
    bins = calibration_table(table)
    figure = new_figure(7, 6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 1])
    low, high = _calibration_band(table, n_draws)
    top.plot([0, 1], [0, 1], **CHANCE)
    top.vlines(bins["p_mean"], low, high, color=BLUE, lw=2.5, alpha=0.4)
    top.plot(bins["p_mean"], bins["arched_frac"], "o-", color=BLUE, ms=7)
    top.set(title="Calibration", ylabel="share that is arched", ylim=(-0.03, 1.03))
    top.text(0.99, 0.8, "as often as said", ha="right", va="top", color=GREY, fontsize=9)
    edges = np.linspace(0, 1, 21)
    for name, side in zip(LABELS, (1, -1), strict=True):
        n, _ = np.histogram(table.loc[table["label"] == name, "p_arched"], edges)
        bottom.bar(edges[:-1], side * n, width=0.045, align="edge", color=OUTCOME_COLOURS[name],
                   label=n_words(table, name))  # fmt: skip
    bottom.legend(loc="upper right")
    bottom.axhline(0, color=INK, lw=0.8)
    bottom.set(xlabel="stated probability of an arch", ylabel="reps", xlim=(0, 1))
    bottom.yaxis.set_major_formatter(lambda v, _: f"{abs(v):g}")
    caption(
        figure,
        f"{len(bins)} bins of {_from_to(bins['n'])} reps, both kinds counting alike; bars: 95 % "
        "over people.",
    )
    return figure


def _from_to(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _calibration_band(table: pd.DataFrame, n_draws: int) -> tuple[Floats, Floats]:
    bins = pd.qcut(table["p_arched"].rank(method="first"), 5, labels=False).to_numpy()
    arched = table["arched"].to_numpy(bool)
    weights = person_weights(table["person_id"], n_draws)
    sides = [weights * side / (weights * side).sum(1, keepdims=True).clip(1e-9)
             for side in (arched, ~arched)]  # fmt: skip
    one, other = (np.stack([s[:, bins == b].sum(1) for b in range(5)], 1) for s in sides)
    with np.errstate(invalid="ignore"):
        share = one / (one + other)
    low, high = np.nanpercentile(share, [2.5, 97.5], axis=0)
    return low, high


def confusion(verdicts: pd.DataFrame) -> Figure:
    """Draw labels against verdicts of the shipped model: reps, and of how many people."""
    said = ("good", "cant_tell", "arched")
    figure = new_figure(6.4, 3.2)
    ax = figure.subplots()
    for y, label in enumerate(LABELS):
        own = verdicts[verdicts["label"] == label]
        for x, verdict in enumerate(said):
            reps = own[own["verdict"] == verdict]
            share = len(reps) / max(len(own), 1)
            ax.add_patch(_cell(x, y, OUTCOME_COLOURS[verdict], share))
            people = reps["person_id"].nunique()
            ax.text(x, y, f"{len(reps)}", ha="center", va="bottom", fontsize=17, fontweight="bold")
            ax.text(x, y + 0.06, f"{share:.0%} of {len(own)}\n{people_words(people)}", ha="center",
                    va="top", fontsize=9)  # fmt: skip
    ax.set_xticks(range(3), [f"said {in_words(v)}" for v in said])
    ax.set_yticks(range(2), [f"labelled\n{in_words(v)}" for v in LABELS])
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.5, 2.5), ylim=(1.5, -0.5))
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return figure


def _cell(x: int, y: int, colour: str, share: float) -> Any:
    return Rectangle((x - 0.48, y - 0.47), 0.96, 0.94, color=colour, alpha=0.08 + 0.5 * share, lw=0)


def risk_and_coverage(table: pd.DataFrame, n_draws: int = 300) -> Figure:
    """Draw the share of wrong verdicts when only the surest reps are judged."""
    figure = new_figure(7.5, 4.4)
    ax = figure.subplots()
    curve = risk_coverage(table)
    low, high = _risk_band(table, n_draws)
    ax.fill_between(100 * GRID[5:], 100 * low[5:], 100 * high[5:], color=BLUE, alpha=0.15, lw=0)
    late = curve[curve["coverage_frac"] >= 0.05]
    ax.plot(100 * late["coverage_frac"], 100 * late["risk_frac"], color=BLUE, lw=2.2)
    sure = 1 - table["p_arched"].between(table["unsure_from"], table["unsure_to"]).mean()
    ax.axvline(100 * sure, color=GREY, lw=1, ls=DASHES)
    ax.annotate("outside the unsure band", (100 * sure, 0.97), (-5, 0), ha="right", va="top",
                xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY,
                fontsize=9)  # fmt: skip
    ax.set(title="Risk and coverage", xlabel="reps that are judged, the surest first (%)",
           ylabel="wrong verdicts among them (%)", xlim=(0, 100))  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    caption(figure, f"{len(table)} reps of {table['person_id'].nunique()} people; below 5 % not "
            "drawn. Band: 95 % over people.")  # fmt: skip
    return figure


def _risk_band(table: pd.DataFrame, n_draws: int) -> tuple[Floats, Floats]:
    margin = (table["p_arched"] - table["threshold"]).abs()
    ordered = table.loc[margin.sort_values(ascending=False, kind="stable").index]
    reps = scored(ordered)
    wrong = reps.called != reps.arched
    weights = person_weights(ordered["person_id"], n_draws)
    n, bad = weights.cumsum(1), (weights * wrong).cumsum(1)
    risks = [np.interp(GRID, k / k[-1], b / np.maximum(k, 1)) for k, b in zip(n, bad, strict=True)]
    low, high = np.percentile(risks, [2.5, 97.5], axis=0)
    return low, high


# --- people, slices, learning ---------------------------------------------------------------------


def people(verdicts: pd.DataFrame) -> Figure:
    """Draw every rep's probability in a row a person, and the share of right verdicts, a dot each.

    People are ordered by that share. A dot grows with the number of reps.
    """
    by_person = verdicts.groupby("person_id")
    judged = verdicts[verdicts["verdict"] != "cant_tell"]
    right = (judged["verdict"] == judged["label"]).groupby(judged["person_id"]).mean()
    table = pd.DataFrame({"n": by_person.size(), "right": right.reindex(by_person.size().index)})
    table = table.sort_values(["right", "n"], na_position="first", kind="stable")
    figure = new_figure(10, 0.23 * len(table) + 1.3)
    left, end = figure.subplots(1, 2, sharey=True, width_ratios=[2.4, 1])
    for y, person in enumerate(table.index):
        own = verdicts[verdicts["person_id"] == person]
        for name in LABELS:
            p = own.loc[own["label"] == name, "p_arched"]
            dots(left, p, np.full(len(p), y), name, 6)
    known = table["right"].notna()
    end.scatter(100 * table["right"], range(len(table)), s=14 + 5 * table["n"], color=BLUE,
                alpha=0.75, lw=0, zorder=3)  # fmt: skip
    for y in np.flatnonzero(~known).tolist():
        end.text(2, y, "no rep judged", va="center", fontsize=8, color=GREY)
    left.axvline(0.5, **CHANCE)
    left.set_yticks(range(len(table)), [f"{p} ({n})" for p, n in table["n"].items()], fontsize=8)
    left.set(xlabel="stated probability of an arch", xlim=(0, 1), ylim=(-0.7, len(table) - 0.3),
             title="Every rep")  # fmt: skip
    end.set(xlabel="right verdicts among judged (%)", xlim=(-5, 108), title="Every person")
    for ax in (left, end):
        ax.grid(axis="y")
    end.grid(axis="x")
    marks = {"good": "●", "arched": "▲"}
    caption(figure, "; ".join(f"{marks[name]} {n_words(verdicts, name)}" for name in LABELS)
            + ". In brackets: a person's reps.")  # fmt: skip
    return figure


def slice_rows(slices: Sequence[Mapping[str, Any]], figure: str = "auc") -> pd.DataFrame:
    """Turn slices of `reports/metrics.json` into rows for `plots.point_ranges`."""
    return pd.DataFrame(
        [
            {"group": in_words(row["slice"]),
             "name": f"{in_words(row['value'])}: {people_words(row['n_people'])}, "
             f"{row['n_arched']} arched", "n_reps": row["n_reps"],
             **{k: np.nan if row[figure][k] is None else row[figure][k]
                for k in ("value", "low", "high")}}
            for row in slices
        ]
    )  # fmt: skip


def learning(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the AUC on left-out people against the number of people to learn from."""
    table = pd.DataFrame(rows)
    figure = new_figure(7.5, 4.2)
    ax = figure.subplots()
    looks = {"people": (ORANGE, "s", -0.1), "people and simulated": (BLUE, "o", 0.1)}
    for name, own in table.groupby("trained_on", sort=False):
        colour, mark, shift = looks[str(name)]
        x = own["n_people"] + shift
        ax.vlines(x, own["low"], own["high"], color=colour, lw=2.5, alpha=0.4)
        ax.plot(x, own["auc"], mark, ls="-", color=colour, ms=7, label=f"learnt from {name}")
    ax.set(xlabel="people to learn from", ylabel="AUC on people left out", title="Learning curve")
    ax.legend(loc="lower right")
    ax.set_xticks(sorted(table["n_people"].unique()))
    ax.grid(axis="y")
    n = int(table["n_draws"].max())
    caption(figure, f"Mean of {n} draws of people, bars from the least to the most; the last point "
            "has nothing to draw.")  # fmt: skip
    return figure


def transfer_table(metrics: Mapping[str, Any], explained: Mapping[str, Any]) -> pd.DataFrame:
    """AUC by what a model was trained on and tested on, people or simulated bodies."""
    methods = metrics["model"]["all"]["methods"]
    rows = [
        {"trained_on": words, "tested_on": "people", "n_reps": methods[name]["n_reps"],
         "auc": methods[name]["auc"]}
        for name, words in (("simulated", "simulated bodies"), ("real", "people"),
                            (SHIPPED, "people and simulated bodies"))
    ]  # fmt: skip
    rows += explained["transfer"]
    return pd.DataFrame(rows)


def transfer(table: pd.DataFrame) -> Figure:
    """Draw `transfer_table`."""
    figure = new_figure(8.5, 0.36 * len(table) + 1.5)
    axes = figure.subplots(2, 1, sharex=True, height_ratios=table.groupby("tested_on").size())
    for ax, (tested, rows) in zip(axes, table.groupby("tested_on", sort=True), strict=True):
        for y, row in enumerate(rows.itertuples()):
            interval(ax, y, row.auc, BLUE)
        ax.axvline(0.5, **CHANCE)
        name_rows(ax, [f"learnt from {name}" for name in rows["trained_on"]])
        ax.set_title(f"Tested on {tested} ({rows['n_reps'].iloc[0]} reps)")
    axes[-1].set_xlabel("AUC on unseen bodies, 95 % over bodies")
    axes[-1].set_xlim(min(0.4, min(found["low"] for found in table["auc"])), 1.0)
    return figure


def onset(table: pd.DataFrame, figures: Mapping[str, Any]) -> Figure:
    """Draw the leg angle at which the back lifts: the model's against the raters' median."""
    known = table[table["arched"] & table["rated_onset_deg"].notna()]
    answered = known[known["lift_deg"].notna()]
    figure = new_figure(6, 5.4)
    ax = figure.subplots()
    angles = answered[["rated_onset_deg", "lift_deg"]]
    ends = np.array([min(-15, angles.min().min() - 5), max(110, angles.max().max() + 5)])
    ax.plot(ends, ends, color=GREY, lw=0.8)
    ax.fill_between(ends, ends - 10, ends + 10, color=GREY, alpha=0.1, lw=0)
    dots(ax, angles["rated_onset_deg"], angles["lift_deg"], "arched", 7)
    ax.set(xlim=ends, ylim=ends, aspect="equal",
           xlabel="raters' median: the back lifts at (deg)",
           ylabel="model: the back lifts at (deg)")  # fmt: skip
    error = figures["model"]["median_error_deg"]["value"]
    said = "-" if error is None else f"{error:.0f} deg"
    ax.set_title(f"Leg angle at which the back lifts: off by {said} (median)", fontsize=10)
    caption(figure, f"{len(answered)} of {len(known)} arched reps with a rated angle have an "
            f"answer ({answered['person_id'].nunique()} people). Grey: within 10 deg.")  # fmt: skip
    return figure
