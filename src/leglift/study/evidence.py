"""How well predictions agree with labels: figures with intervals over people, not over reps.

Reps of one person are alike, so every interval comes from drawing whole people with replacement
(percentile bootstrap, Efron 1979), and every test shuffles whole people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    roc_auc_score,
    roc_curve,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Figure = Callable[[pd.DataFrame], float]

N_DRAWS = 2000
SEED = 20
MAX_FALSE_ALARMS = 0.05


def auc(table: pd.DataFrame) -> float:
    """Area under the ROC curve; NaN with one class only."""
    return _two_classes(table, roc_auc_score)


def average_precision(table: pd.DataFrame) -> float:
    """Average precision; NaN with one class only."""
    return _two_classes(table, average_precision_score)


def _two_classes(table: pd.DataFrame, score: Callable[..., float]) -> float:
    if table["arched"].nunique() < 2:
        return float("nan")
    return float(score(table["arched"], table["p_arched"]))


def balanced_accuracy(table: pd.DataFrame) -> float:
    """Mean of sensitivity and specificity at the thresholds that training people set."""
    if table["arched"].nunique() < 2:
        return float("nan")
    return float(balanced_accuracy_score(table["arched"], table["p_arched"] >= table["threshold"]))


def sensitivity(table: pd.DataFrame) -> float:
    """Share of the arched reps that are called so at the training people's thresholds."""
    said = table.loc[table["arched"], "p_arched"] >= table.loc[table["arched"], "threshold"]
    return float(said.mean()) if len(said) else float("nan")


def specificity(table: pd.DataFrame) -> float:
    """Share of the good reps that are called so at the training people's thresholds."""
    good = table[~table["arched"]]
    return float((good["p_arched"] < good["threshold"]).mean()) if len(good) else float("nan")


def sensitivity_at_few_alarms(table: pd.DataFrame) -> float:
    """Highest sensitivity on the ROC curve with at most `MAX_FALSE_ALARMS` false alarms."""
    if table["arched"].nunique() < 2:
        return float("nan")
    false_alarms, found, _ = roc_curve(table["arched"], table["p_arched"], drop_intermediate=False)
    return float(found[false_alarms <= MAX_FALSE_ALARMS].max())


def brier(table: pd.DataFrame) -> float:
    """Brier score of the probabilities; lower is better."""
    return float(brier_score_loss(table["arched"], table["p_arched"].clip(0, 1)))


FIGURES: dict[str, Figure] = {
    "auc": auc,
    "average_precision": average_precision,
    "balanced_accuracy": balanced_accuracy,
    "sensitivity": sensitivity,
    "specificity": specificity,
    "sensitivity_at_5pct_false_alarms": sensitivity_at_few_alarms,
    "brier": brier,
}


def person_draws(person: pd.Series, n_draws: int = N_DRAWS) -> list[npt.NDArray[np.int_]]:
    """Row numbers of bootstrap samples of whole people, always the same for the same people."""
    rng = np.random.default_rng(SEED)
    rows = [np.flatnonzero(person.to_numpy() == name) for name in sorted(person.unique())]
    return [
        np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        for _ in range(n_draws)
    ]


def interval(table: pd.DataFrame, figure: Figure, n_draws: int = N_DRAWS) -> tuple[float, float]:
    """95 % interval of a figure over people; NaN where most draws leave it undefined."""
    draws = [figure(table.iloc[rows]) for rows in person_draws(table["person_id"], n_draws)]
    known = np.array(draws)[np.isfinite(draws)]
    if len(known) < n_draws / 2:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def summary(table: pd.DataFrame, n_draws: int = N_DRAWS) -> dict[str, Any]:
    """All figures of one set of predictions with intervals and the numbers they stand on.

    `table` has `person_id`, `arched` (bool), `p_arched`, `threshold`.
    """
    counts = {
        "n_reps": len(table),
        "n_people": int(table["person_id"].nunique()),
        "n_arched": int(table["arched"].sum()),
        "n_people_arched": int(table.loc[table["arched"], "person_id"].nunique()),
    }
    figures = {name: _with_interval(table, figure, n_draws) for name, figure in FIGURES.items()}
    return {**counts, **figures}


def _with_interval(table: pd.DataFrame, figure: Figure, n_draws: int) -> dict[str, float | None]:
    low, high = interval(table, figure, n_draws)
    numbers = {"value": figure(table), "low": low, "high": high}
    return {k: round(v, 4) if np.isfinite(v) else None for k, v in numbers.items()}


def difference(
    a: pd.DataFrame, b: pd.DataFrame, figure: Figure = auc, n_draws: int = N_DRAWS
) -> dict[str, float | None]:
    """`figure(a) - figure(b)` for predictions of the same reps, with its interval over people."""
    draws = [
        figure(a.iloc[rows]) - figure(b.iloc[rows])
        for rows in person_draws(a["person_id"], n_draws)
    ]
    known = np.array(draws)[np.isfinite(draws)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    numbers = {"value": figure(a) - figure(b), "low": low, "high": high}
    return {k: round(float(v), 4) if np.isfinite(v) else None for k, v in numbers.items()}


def permutation_p(table: pd.DataFrame, n_draws: int = N_DRAWS) -> float:
    """Chance of an AUC this high if people's labels had nothing to do with their scores.

    Whole people's runs of labels change places, so reps of one person stay together.
    """
    rng = np.random.default_rng(SEED)
    ordered = table.sort_values("person_id", kind="stable")
    runs = [rows["arched"].to_numpy() for _, rows in ordered.groupby("person_id", sort=True)]
    score = ordered["p_arched"].to_numpy()
    seen = roc_auc_score(ordered["arched"], score)
    higher = 0
    for _ in range(n_draws):
        shuffled = np.concatenate([runs[i] for i in rng.permutation(len(runs))])
        higher += roc_auc_score(shuffled, score) >= seen - 1e-12
    return float((higher + 1) / (n_draws + 1))


def calibration_table(table: pd.DataFrame, n_bins: int = 5) -> pd.DataFrame:
    """Mean probability and share of arched reps in equally filled bins."""
    bins = pd.qcut(table["p_arched"].rank(method="first"), n_bins, labels=False)
    grouped = table.assign(bin=bins).groupby("bin")
    return grouped.agg(
        p_mean=("p_arched", "mean"), arched_frac=("arched", "mean"), n=("arched", "size")
    ).reset_index()


def risk_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Share of wrong verdicts among the reps that are judged, the surest first."""
    margin = (table["p_arched"] - table["threshold"]).abs()
    ordered = table.loc[margin.sort_values(ascending=False, kind="stable").index]
    wrong = (ordered["p_arched"] >= ordered["threshold"]) != ordered["arched"]
    n = np.arange(1, len(ordered) + 1)
    return pd.DataFrame({"coverage_frac": n / len(ordered), "risk_frac": wrong.cumsum() / n})
