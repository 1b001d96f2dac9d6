"""Figures of notebook 02: how well tilt is read off simulated bodies, and what two real clips show.

Blue and red are good and arched reps, as everywhere; what is true is drawn in ink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leglift.motion.rep_back import KEYS
from leglift.study.marks import (
    BLUE,
    CHANCE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    OUTCOME_COLOURS,
    PURPLE,
    caption,
    dots,
    in_words,
    interval,
    name_rows,
)
from leglift.study.plots import new_figure
from leglift.study.tilt_test import ARCHED_DEG, GOALS

Rows = Sequence[Mapping[str, Any]]

WAIST_COLOURS = {"all": INK, "free": GREEN, "hidden": ORANGE}
UNITS = {"azimuth": "deg off side-on", "elevation": "deg looking down", "distance": "m",
         "trunk": "px long"}  # fmt: skip
QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)


def rises(reps: pd.DataFrame, within: pd.Series) -> Figure:
    """Draw each rep's true rise against what was read; left all reps, right those `within`."""
    figure = new_figure(10.5, 5.0)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, (title, part) in zip(
        axes, (("All", reps), ("Side, fitted clothing", reps[within])), strict=True
    ):
        for label, rows in part.groupby("true_label"):
            dots(ax, rows["true_rise_deg"], rows["rise_deg"], str(label), 4,
                 f"{in_words(str(label))} ({len(rows)})")  # fmt: skip
        ax.axline((0, 0), slope=1, **CHANCE)
        ax.set(title=title, xlabel="true rise of the tilt since legs high (deg)")
        ax.grid()
    axes[0].set_ylabel("rise that was read (deg)")
    axes[0].legend(loc="upper left")
    caption(figure, "A dot a rep. Arched reps on the left edge are arched all the time: no rise.")
    return figure


def conditions(rows: Rows) -> Figure:
    """Draw AUC and mean error of the rise under every condition, a line a level."""
    table = pd.DataFrame(rows)
    groups = list(table.groupby("condition", sort=False))
    figure = new_figure(10.5, 0.9 + sum(0.27 * len(part) + 0.36 for _, part in groups))
    grid = figure.subplots(
        len(groups), 2, sharex="col", squeeze=False, height_ratios=[len(p) + 0.6 for _, p in groups]
    )
    for axes, (name, part) in zip(grid, groups, strict=True):
        y = range(len(part))
        levels = [f"{_level(r.level)} ({r.n_reps})" for r in part.itertuples()]
        _aucs(axes[0], part["auc"], levels, BLUE)
        axes[1].plot(part["rise_mae_deg"], y, "o", color=INK, ms=5, label="all reps")
        axes[1].plot(part["changed_mae_deg"], y, "^", color=OUTCOME_COLOURS["arched"], ms=5,
                     label=f"rises of {ARCHED_DEG:g} deg or more")  # fmt: skip
        axes[1].axvline(GOALS["rise_mae_deg"], color=GREEN, lw=0.9)
        axes[1].set(yticks=[], ylim=(len(part) - 0.5, -0.5))
        axes[1].grid(axis="x")
        unit = f" ({UNITS[str(name)]})" if str(name) in UNITS else ""
        axes[0].set_title(f"{str(name).capitalize()}{unit}")
        axes[0].axvline(GOALS["auc"], color=GREEN, lw=0.9)
    grid[0, 1].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    grid[-1, 0].set_xlabel("AUC, rise of 8 deg or more against good")
    grid[-1, 1].set_xlabel("mean absolute error of the rise (deg)")
    caption(figure, "In brackets: reps. Green: what was asked for. Bars: 95 % over bodies.")
    return figure


def _level(name: str) -> str:
    """Say a range such as `[0, 5)` in words."""
    return in_words(name.strip("[)").replace(", ", " to ")) if name[:1] == "[" else in_words(name)


def _aucs(ax: Axes, found: pd.Series, names: Sequence[str], colour: str) -> None:
    """Draw a column of figures with intervals, a line each; those not defined are left out."""
    for y, one in enumerate(found):
        interval(ax, y, one, colour)
    ax.axvline(0.5, **CHANCE)
    name_rows(ax, names)
    ax.set_xlim(-0.02, 1.02)


def sources(rows: Rows, scope: str) -> Figure:
    """Draw what each source is worth: left for a rise, right for backs arched all the time."""
    table = pd.DataFrame(rows)
    table = table[table["scope"] == scope]
    figure = new_figure(11.5, 4.2)
    axes = figure.subplots(1, 2)
    for ax, target, column, title in (
        (axes[0], "change", "rep_auc", "Does the tilt rise?"),
        (axes[1], "tilt", "rep_auc_throughout", "Arched all the time?"),
    ):
        part = table[table["target"] == target].reset_index(drop=True)
        names = [f"{r.source} ({r.seen})" for r in part.itertuples()]
        _aucs(ax, part[column], names, BLUE if target == "change" else PURPLE)
        ax.set(title=title, xlabel="AUC against good reps")
    caption(figure, f"Reps: {scope}. Bars: 95 % over bodies. Dashed: chance.")
    return figure


def learning(rows: Rows) -> Figure:
    """Draw what more training bodies bring; a dot a draw of bodies, the line their mean."""
    table = pd.DataFrame(rows)
    figure = new_figure(10.5, 3.6)
    axes = figure.subplots(1, 2)
    words = {"rep_auc": "AUC of reps", "mae_deg": "error of single moments (deg)"}
    for ax, (column, label) in zip(axes, words.items(), strict=True):
        ax.plot(table["n_bodies"], table[column], "o", color=BLUE, ms=5, alpha=0.5)
        ax.plot(table.groupby("n_bodies")[column].mean(), color=BLUE)
        ax.set(xscale="log", xlabel="bodies to learn from", ylabel=label)
        ax.set_xticks(table["n_bodies"].unique(), table["n_bodies"].unique())
        ax.minorticks_off()
        ax.grid()
    axes[0].axhline(GOALS["auc"], color=GREEN, lw=0.9)
    axes[1].axhline(table["guess_mae_deg"].iloc[0], **CHANCE)
    caption(figure, "All test bodies. Green: what was asked for. Dashed: always the same number.")
    return figure


def detection(rows: Rows) -> Figure:
    """Draw the share of reps that are called, by how far the tilt truly rises."""
    table = pd.DataFrame(rows)
    figure = new_figure(7.5, 4.0)
    ax = figure.subplots()
    for waist, part in table.groupby("waist", sort=False):
        middle = part["from_deg"] + (part["to_deg"].clip(upper=24) - part["from_deg"]) / 2
        ax.plot(middle, part["called_frac"], "o-", color=WAIST_COLOURS[str(waist)],
                label=f"waist: {waist} ({part['n_reps'].sum()} reps)")  # fmt: skip
    ax.axhline(0.05, **CHANCE)
    ax.set(xlabel="true rise of the tilt (deg)", ylabel="share that is called", ylim=(-0.02, 1.02))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="upper left")
    ax.grid()
    caption(figure, "At 5 % false alarms among good reps (dashed), each waist with its own limit.")
    return figure


def control(lifting: pd.DataFrame) -> Figure:
    """Draw the leg angle at which the back lifts: true, by the true tilt, and as read."""
    figure = new_figure(11, 4.3)
    axes = figure.subplots(1, 3, sharex=True, sharey=True)
    names = {
        "passed_true_deg": "True tilt passes 3 deg",
        "control_true_deg": "True tilt, the tool's rule",
        "control_deg": "Estimated tilt, the tool's rule",
    }
    for ax, (column, title) in zip(axes, names.items(), strict=True):
        ax.plot(lifting["true_onset_deg"], lifting[column], "o", color=BLUE, ms=4, alpha=0.6, mew=0)
        ax.axline((40, 40), slope=1, **CHANCE)
        ax.set(title=title, xlabel="true leg angle (deg)")
        ax.grid()
    axes[0].set_ylabel("leg angle that was read (deg)")
    caption(figure, f"{len(lifting)} reps whose back lifts at one leg angle.")
    return figure


def examples(tilt: pd.DataFrame, reps: pd.DataFrame) -> Figure:
    """Draw true and estimated tilt over time in reps that rise: from well to badly read ones."""
    rising = reps[(reps["true_rise_deg"] >= ARCHED_DEG) & reps["rise_deg"].notna()]
    error = (rising["rise_deg"] - rising["true_rise_deg"]).abs()
    ordered = rising.loc[error.sort_values(kind="stable").index]
    figure = new_figure(12, 3.0)
    axes = figure.subplots(1, len(QUANTILES), sharey=True)
    for ax, quantile in zip(axes, QUANTILES, strict=True):
        one = ordered.iloc[round(quantile * (len(ordered) - 1))]
        rows = tilt[(tilt[KEYS] == one[KEYS]).all(axis=1)]
        time_s = rows["time_s"] - rows["time_s"].min()
        ax.plot(time_s, rows["true_change_deg"], color=INK, lw=1.6, label="true")
        ax.plot(time_s, rows["change_deg"], color=BLUE, lw=1.6, label="read")
        ax.set(title=f"{100 * quantile:.0f} % read better", xlabel="time in the rep (s)")
        ax.grid()
    axes[0].set_ylabel("tilt since legs high (deg)")
    axes[0].legend()
    return figure


def real(found: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw the estimates and the gap under the mask over two real clips."""
    figure = new_figure(11, 3.0 * len(found))
    for ax, (name, clip) in zip(figure.subplots(len(found), 1), found.items(), strict=True):
        change = np.array(clip["change_deg"]) - np.median(clip["change_deg"])
        tilt = np.array(clip["tilt_deg"]) - np.median(clip["tilt_deg"])
        ax.plot(clip["time_s"], change, color=BLUE, label="learnt from changes of tilt")
        ax.plot(clip["time_s"], tilt, color=PURPLE, lw=1.1, label="learnt from tilt against flat")
        for stage in clip["stages"]:
            form = "arched" if stage["stage"].startswith("arched") else "good"
            ax.axvspan(stage["from_s"], stage["to_s"], color=OUTCOME_COLOURS[form], alpha=0.1)
            ax.text(stage["from_s"], 0.92, f" {stage['stage']}", fontsize=9,
                    transform=ax.get_xaxis_transform())  # fmt: skip
        ax.margins(y=0.22)
        gap = ax.twinx()
        gap.plot(clip["time_s"], [np.nan if g is None else 100 * g for g in clip["gap_norm"]],
                 color=GREY, lw=1, ls=(0, (3, 2)))  # fmt: skip
        gap.set_ylabel("gap (% of trunk), dashed", color=GREY)
        ax.set(title=name.capitalize(), ylabel="tilt over median (deg)", xlabel="time (s)")
        ax.grid(axis="x")
    figure.axes[0].legend(loc="upper left", ncols=2)
    return figure
