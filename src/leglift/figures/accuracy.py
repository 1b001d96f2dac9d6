"""How often the instrument is right on people it has not seen, beside its two baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from leglift.equal_angle import (
    person_weights,
)
from leglift.figures.evidence import scores, seen_of
from leglift.study.fit import SPLITS as ALL_SPLITS
from leglift.study.marks import (
    BLUE,
    CHANCE,
    INK,
    METHOD_COLOURS,
    METHODS,
    ORANGE,
    SPLITS,
    caption,
    interval,
    name_rows,
)
from leglift.study.model_card import format_interval
from leglift.study.plots import new_figure

Floats = npt.NDArray[np.float64]

ROWS = {
    "auc_equal_leg_angle": "AUC at equal leg angle",
    "auc": "AUC, all leg angles",
    "sensitivity_at_5pct": "lifted found at 5 % false alarms",
}
"""Figures that every method has."""

OWN_ROWS = {
    "balanced_accuracy": "balanced accuracy at the shipped cut-off",
    "sensitivity_frac": "lifted moments called lifted",
    "false_alarms_frac": "flat moments called lifted",
    "brier": "Brier score (0.25: always one half)",
    "coverage": "labelled moments that the gate lets through",
    "point_of_control_error_deg": "point of control, median error (deg)",
}
"""Figures of the instrument alone."""

MEASURED = ("together", *ALL_SPLITS)
"""Everybody at once, then split by split."""

SPLIT_COLOURS = dict(zip(SPLITS, (BLUE, ORANGE), strict=True))
_BINS = 5


def of_method(figures: dict[str, Any], method: str, name: str) -> dict[str, Any]:
    """One figure of one method; the instrument's stand at the top."""
    own = figures if method == "instrument" else figures[method]
    found: dict[str, Any] = own[name]
    return found


def headline_table(instrument: dict[str, Any]) -> pd.DataFrame:
    """Value with interval of every method (rows by figure) and split (columns)."""
    rows = {
        (words, METHODS[method]): {
            split: format_interval(of_method(instrument[split], method, name)) for split in MEASURED
        }
        for name, words in ROWS.items()
        for method in METHODS
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def own_table(instrument: dict[str, Any]) -> pd.DataFrame:
    """Value with interval of the instrument's other figures, a column a split."""
    rows = {
        words: {
            split: format_interval(instrument[split][name], 1 if name.endswith("_deg") else 2)
            for split in ALL_SPLITS
        }
        for name, words in OWN_ROWS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def headline(instrument: dict[str, Any]) -> Figure:
    """AUC of the three methods on the three splits, at equal leg angle and over all angles."""
    figure = new_figure(10, 4.2)
    panels = figure.subplots(1, 2, sharey=True)
    for ax, name in zip(panels, ("auc_equal_leg_angle", "auc"), strict=True):
        for y, method in enumerate(METHODS):
            for split, shift in zip(ALL_SPLITS, (-0.26, 0.0, 0.26), strict=True):
                found = of_method(instrument[split], method, name)
                interval(ax, y + shift, found, METHOD_COLOURS[method], split)
                ax.annotate(f"{found['value']:.2f}", (found["value"], y + shift), (0, 6),
                            textcoords="offset points", ha="center", fontsize=8)  # fmt: skip
        name_rows(ax, list(METHODS.values()))
        ax.axvline(0.5, **CHANCE)
        ax.set(title=ROWS[name], xlabel="AUC", xlim=(0.1, 1.02))
    counts = [instrument[split]["auc"] for split in ALL_SPLITS]
    study, test, fresh = (f"{c['n_moments']} moments of {c['n_people']}" for c in counts)
    caption(figure, f"Round: study, people left out ({study}); open: test ({test}); "
            f"square: fresh people, first look ({fresh}). 95 % intervals over people")  # fmt: skip
    return figure


def compared(own: pd.DataFrame) -> pd.DataFrame:
    """Strata that hold lifted and flat moments: the only ones that the headline compares.

    A row a stratum (exercise and bin of 15 deg): moments and people of both states, and pairs.
    """
    rows = {}
    for stratum, group in own.groupby("stratum"):
        up, down = group[group["lifted"]], group[~group["lifted"]]
        if len(up) and len(down):
            rows[stratum] = {
                "lifted": len(up), "flat": len(down), "pairs": len(up) * len(down),
                "people lifted": up["person_id"].nunique(),
                "people flat": down["person_id"].nunique(),
            }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def people_compared(own: pd.DataFrame) -> int:
    """People with a moment in a stratum that holds both states."""
    mixed = own.groupby("stratum")["lifted"].transform("nunique") == 2
    return int(own.loc[mixed, "person_id"].nunique())


def weighted_roc(
    up: npt.NDArray[np.bool_], score: Floats, people: pd.Series
) -> tuple[Floats, Floats]:
    """Return false alarms and found moments of all cut-offs, people alike."""
    false, found, _ = roc_curve(up, score, sample_weight=person_weights(people))
    return np.asarray(false), np.asarray(found)


def roc(judged: pd.DataFrame) -> Figure:
    """ROC curves of the three methods, a panel a split."""
    figure = new_figure(8.6, 4.3)
    panels = figure.subplots(1, 2, sharey=True)
    for ax, split in zip(panels, SPLITS, strict=True):
        own = seen_of(judged, split)
        for method, score in scores(own).items():
            false, found = weighted_roc(own["lifted"].to_numpy(bool), score, own["person_id"])
            ax.plot(false, found, color=METHOD_COLOURS[method], label=METHODS[method], lw=1.8)
        ax.plot([0, 1], [0, 1], **CHANCE)
        ax.axvline(0.05, color=INK, lw=0.6)
        ax.set(title=f"{split}, {own['person_id'].nunique()} people", xlim=(0, 1), ylim=(0, 1.01),
               xlabel="flat moments called lifted", aspect="equal")  # fmt: skip
    panels[0].set_ylabel("lifted moments found")
    panels[1].legend(loc="lower right")
    caption(figure, "All leg angles, people weigh alike. Upright line: 5 % false alarms")
    return figure


def calibration_table(own: pd.DataFrame) -> pd.DataFrame:
    """Mean probability and share lifted in bins of the probability, people alike."""
    bins = np.minimum((own["p"] * _BINS).astype(int), _BINS - 1)
    weights = pd.Series(person_weights(own["person_id"]), own.index)
    table = pd.DataFrame({"w": weights, "p": weights * own["p"], "up": weights * own["lifted"]})
    sums = table.groupby(bins.to_numpy()).sum()
    people = own.groupby(bins.to_numpy())["person_id"].nunique()
    return pd.DataFrame(
        {"said": sums["p"] / sums["w"], "lifted": sums["up"] / sums["w"], "people": people}
    )


def calibration(judged: pd.DataFrame, lifted_at: float) -> Figure:
    """How often moments are lifted that are said to be so with a probability, a panel a split."""
    figure = new_figure(8.6, 4.3)
    panels = figure.subplots(1, 2, sharey=True)
    for ax, split in zip(panels, SPLITS, strict=True):
        table = calibration_table(seen_of(judged, split))
        ax.plot([0, 1], [0, 1], **CHANCE)
        ax.axvline(lifted_at, color=INK, lw=0.6)
        ax.plot(table["said"], table["lifted"], "o-", color=SPLIT_COLOURS[split])
        for row in table.itertuples():
            ax.annotate(f"{row.people}", (row.said, row.lifted), (-9, 5), fontsize=8,
                        textcoords="offset points", ha="center")  # fmt: skip
        ax.set(title=split, xlabel="probability said", xlim=(0, 1), ylim=(-0.02, 1.04),
               aspect="equal")  # fmt: skip
    panels[0].set_ylabel("share that is lifted")
    caption(figure, "Numbers: people in the bin. The curve assumes even odds of both states; "
            "people weigh alike. Upright line: cut-off")  # fmt: skip
    return figure


def risk_coverage(own: pd.DataFrame, lifted_at: float) -> pd.DataFrame:
    """Share wrong among the surest moments, for every share that is answered; people alike."""
    weights = person_weights(own["person_id"])
    p = own["p"].to_numpy(float)
    side = np.where(p >= lifted_at, 1 - lifted_at, lifted_at)
    surest = np.argsort(-np.abs(p - lifted_at) / side, kind="stable")
    wrong = (p >= lifted_at) != own["lifted"].to_numpy(bool)
    total = np.cumsum(weights[surest])
    return pd.DataFrame(
        {"coverage": total / total[-1], "risk": np.cumsum((weights * wrong)[surest]) / total}
    )


def risks(judged: pd.DataFrame, lifted_at: float) -> Figure:
    """Share wrong against share answered, both splits."""
    figure = new_figure(6.4, 3.8)
    ax: Axes = figure.subplots()
    for split in SPLITS:
        table = risk_coverage(seen_of(judged, split), lifted_at)
        sure = table[table["coverage"] >= 0.1]
        ax.plot(sure["coverage"], sure["risk"], color=SPLIT_COLOURS[split], label=split, lw=1.8)
    ax.set(title="Answering only the surest", xlabel="share of seen moments answered",
           ylabel="share wrong", xlim=(0.1, 1), ylim=(0, 0.5))  # fmt: skip
    ax.grid(True, axis="y")
    ax.legend(loc="upper right")
    caption(figure, "People weigh alike; the surest tenth is the first point shown")
    return figure
