"""How often the instrument is right on people it has not seen, beside its two baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from leglift.equal_angle import person_weights
from leglift.figures import marks
from leglift.figures.evidence import seen_of
from leglift.figures.plots import new_figure, two_panels
from leglift.schemas.tables import SPLITS as ALL_SPLITS
from leglift.study.headline import scores
from leglift.study.model_card import format_interval

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

_BINS = 5


def of_method(figures: dict[str, Any], method: str, name: str) -> Any:
    """One figure of one method, None where it has none; the instrument's stand at the top."""
    own = figures if method == "instrument" else figures[method]
    return own.get(name)


def headline_table(instrument: dict[str, Any]) -> pd.DataFrame:
    """Value with interval, a row a figure and method, a column for everybody and each split."""
    rows = {
        (words, method_words): {
            split: format_interval(of_method(instrument[split], method, name))
            for split in ("together", *ALL_SPLITS)
        }
        for name, words in ROWS.items()
        for method, method_words in marks.METHODS.items()
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
    figure, panels = two_panels(10, 4.2, sharey=True)
    for ax, name in zip(panels, ("auc_equal_leg_angle", "auc"), strict=True):
        for y, method in enumerate(marks.METHODS):
            for split, shift in zip(ALL_SPLITS, (-0.26, 0.0, 0.26), strict=True):
                found = of_method(instrument[split], method, name)
                marks.interval(ax, y + shift, found, marks.METHOD_COLOURS[method], split)
                marks.write_at(ax, found["value"], y + shift, f"{found['value']:.2f}")
        marks.name_rows(ax, list(marks.METHODS.values()))
        ax.axvline(0.5, **marks.CHANCE)
        ax.set(title=ROWS[name], xlabel="AUC", xlim=(0.1, 1.02))
    counts = [instrument[split]["auc"] for split in ALL_SPLITS]
    study, test, fresh = (f"{c['n_moments']} moments of {c['n_people']}" for c in counts)
    marks.caption(
        figure,
        f"Round: study, people left out ({study}); open: test ({test}); "
        f"square: fresh people, first look ({fresh}). 95 % intervals over people",
    )
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


def roc(judged: pd.DataFrame) -> Figure:
    """ROC curves of the three methods, a panel a split."""
    figure, panels = two_panels(8.6, 4.3, sharey=True)
    for ax, split in zip(panels, marks.SPLITS, strict=True):
        own = seen_of(judged, split)
        weights = person_weights(own["person_id"])
        for method, score in scores(own).items():
            false, found, _ = roc_curve(own["lifted"], score, sample_weight=weights)
            colour, words = marks.METHOD_COLOURS[method], marks.METHODS[method]
            ax.plot(false, found, color=colour, label=words, lw=1.8)
        ax.plot([0, 1], [0, 1], **marks.CHANCE)
        ax.axvline(0.05, color=marks.INK, lw=0.6)
        ax.set(title=f"{split}, {own['person_id'].nunique()} people", xlim=(0, 1), ylim=(0, 1.01),
               xlabel="flat moments called lifted", aspect="equal")  # fmt: skip
    panels[0].set_ylabel("lifted moments found")
    panels[1].legend(loc="lower right")
    marks.caption(figure, "All leg angles, people weigh alike. Upright line: 5 % false alarms")
    return figure


def calibration_table(own: pd.DataFrame) -> pd.DataFrame:
    """Mean probability and share lifted in bins of the probability, people alike."""
    bins = np.minimum((own["p"] * _BINS).astype(int), _BINS - 1).to_numpy()
    weights = pd.Series(person_weights(own["person_id"]), own.index)
    table = pd.DataFrame({"w": weights, "p": weights * own["p"], "up": weights * own["lifted"]})
    sums = table.groupby(bins).sum()
    people = own.groupby(bins)["person_id"].nunique()
    return pd.DataFrame(
        {"said": sums["p"] / sums["w"], "lifted": sums["up"] / sums["w"], "people": people}
    )


def calibration(judged: pd.DataFrame, lifted_at: float) -> Figure:
    """How often moments are lifted that are said to be so with a probability, a panel a split."""
    figure, panels = two_panels(8.6, 4.3, sharey=True)
    for ax, split in zip(panels, marks.SPLITS, strict=True):
        table = calibration_table(seen_of(judged, split))
        ax.plot([0, 1], [0, 1], **marks.CHANCE)
        ax.axvline(lifted_at, color=marks.INK, lw=0.6)
        ax.plot(table["said"], table["lifted"], "o-", color=marks.SPLIT_COLOURS[split])
        for row in table.itertuples():
            marks.write_at(ax, row.said, row.lifted, f"{row.people}", (-9, 5))
        ax.set(title=split, xlabel="probability said", xlim=(0, 1), ylim=(-0.02, 1.04),
               aspect="equal")  # fmt: skip
    panels[0].set_ylabel("share that is lifted")
    marks.caption(
        figure,
        "Numbers: people in the bin. The curve assumes even odds of both states; "
        "people weigh alike. Upright line: cut-off",
    )
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
    ax = figure.subplots()
    for split in marks.SPLITS:
        table = risk_coverage(seen_of(judged, split), lifted_at)
        sure = table[table["coverage"] >= 0.1]
        colour = marks.SPLIT_COLOURS[split]
        ax.plot(sure["coverage"], sure["risk"], color=colour, label=split, lw=1.8)
    ax.set(title="Answering only the surest", xlabel="share of seen moments answered",
           ylabel="share wrong", xlim=(0.1, 1), ylim=(0, 0.5))  # fmt: skip
    ax.grid(True, axis="y")
    ax.legend(loc="upper right")
    marks.caption(figure, "People weigh alike; the surest tenth is the first point shown")
    return figure
