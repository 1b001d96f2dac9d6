"""How well predictions agree with labels: figures with intervals over people, not over reps.

Reps of one person are alike, so every interval comes from drawing whole people with replacement
(percentile bootstrap, Efron 1979), and every test shuffles whole people. A draw is a weight for
each rep: how often its person was drawn. Every figure takes all draws at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

N_DRAWS = 2000
SEED = 20
MAX_FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class Scored:
    """Reps with their label and score; `stratum` says which reps are alike."""

    arched: Flags
    p: Floats
    threshold: Floats
    stratum: npt.NDArray[np.str_]

    @property
    def called(self) -> Flags:
        """Whether each rep is called arched."""
        return self.p >= self.threshold


Figure = Callable[[Scored, Floats], Floats]
"""Weights (n_draws, n) in, one value a draw out; NaN where it is not defined."""


def scored(table: pd.DataFrame) -> Scored:
    """Take what figures need from `arched`, `p_arched`, `threshold` and, if given, `exercise`."""
    none = pd.Series("", index=table.index)
    return Scored(
        table["arched"].to_numpy(bool),
        table["p_arched"].to_numpy(float),
        table["threshold"].to_numpy(float),
        table.get("exercise", none).to_numpy(str),
    )


def auc(reps: Scored, weights: Floats) -> Floats:
    """Area under the ROC curve: share of pairs of an arched and a good rep in the right order."""
    return _concordance(reps, weights, np.ones((reps.arched.sum(), (~reps.arched).sum()), bool))


def auc_within(reps: Scored, weights: Floats) -> Floats:
    """Area under the ROC curve over pairs of the same exercise only.

    What tells one exercise from another, such as how the legs move, gains nothing here.
    """
    same = reps.stratum[reps.arched][:, None] == reps.stratum[~reps.arched][None]
    return _concordance(reps, weights, same)


def _concordance(reps: Scored, weights: Floats, counts: Flags) -> Floats:
    high, low = reps.p[reps.arched][:, None], reps.p[~reps.arched][None]
    right = np.where(high > low, 1.0, np.where(high == low, 0.5, 0.0)) * counts
    one, other = weights[:, reps.arched], weights[:, ~reps.arched]
    return _ratio(((one @ right) * other).sum(1), ((one @ counts.astype(float)) * other).sum(1))


def average_precision(reps: Scored, weights: Floats) -> Floats:
    """Average precision; ties count together."""
    order, ends = _descending(reps.p)
    found = (weights * reps.arched)[:, order].cumsum(1)[:, ends]
    called = weights[:, order].cumsum(1)[:, ends]
    gained = np.diff(found, axis=1, prepend=0.0)
    return _ratio((_ratio(found, called, 0.0) * gained).sum(1), found[:, -1])


def sensitivity_at_few_alarms(reps: Scored, weights: Floats) -> Floats:
    """Highest sensitivity on the ROC curve with at most `MAX_FALSE_ALARMS` false alarms."""
    order, ends = _descending(reps.p)
    found = (weights * reps.arched)[:, order].cumsum(1)[:, ends]
    alarms = (weights * ~reps.arched)[:, order].cumsum(1)[:, ends]
    allowed = alarms <= MAX_FALSE_ALARMS * alarms[:, -1:] + 1e-9
    best = np.where(allowed, found, 0.0).max(axis=1)
    known = alarms[:, -1] > 0
    return _ratio(np.where(known, best, np.nan), found[:, -1])


def sensitivity(reps: Scored, weights: Floats) -> Floats:
    """Share of the arched reps that are called so at the training people's thresholds."""
    arched = weights * reps.arched
    return _ratio((arched * reps.called).sum(1), arched.sum(1))


def specificity(reps: Scored, weights: Floats) -> Floats:
    """Share of the good reps that are called so at the training people's thresholds."""
    good = weights * ~reps.arched
    return _ratio((good * ~reps.called).sum(1), good.sum(1))


def balanced_accuracy(reps: Scored, weights: Floats) -> Floats:
    """Mean of sensitivity and specificity."""
    return np.asarray((sensitivity(reps, weights) + specificity(reps, weights)) / 2)


def brier(reps: Scored, weights: Floats) -> Floats:
    """Brier score with both classes counting alike; lower is better, 0.25 knows nothing."""
    error = (reps.p.clip(0, 1) - reps.arched) ** 2
    sides = [weights * side for side in (reps.arched, ~reps.arched)]
    return np.asarray(
        np.mean([_ratio((side * error).sum(1), side.sum(1)) for side in sides], axis=0)
    )


FIGURES: dict[str, Figure] = {
    "auc": auc,
    "auc_within_exercise": auc_within,
    "average_precision": average_precision,
    "balanced_accuracy": balanced_accuracy,
    "sensitivity": sensitivity,
    "specificity": specificity,
    "sensitivity_at_5pct_false_alarms": sensitivity_at_few_alarms,
    "brier": brier,
}


def _descending(p: Floats) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))
    return order, ends


def _ratio(top: Floats, bottom: Floats, otherwise: float = np.nan) -> Floats:
    out = np.full(np.shape(top), otherwise)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def person_weights(person: pd.Series, n_draws: int = N_DRAWS) -> Floats:
    """Bootstrap of whole people: how often (n_draws, n) each rep's person was drawn.

    Always the same for the same people.
    """
    rng = np.random.default_rng(SEED)
    names, whose = np.unique(person.to_numpy(str), return_inverse=True)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_draws)
    return np.asarray(drawn[:, whose], float)


def value(table: pd.DataFrame, figure: Figure) -> float:
    """One figure of the reps as they are; NaN where it is not defined."""
    return float(figure(scored(table), np.ones((1, len(table))))[0])


def between(values: Floats) -> tuple[float, float]:
    """Middle 95 % of the draws' values; NaN where most draws leave the figure undefined."""
    known = values[np.isfinite(values)]
    if len(known) < len(values) / 2:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def with_interval(table: pd.DataFrame, figure: Figure, n_draws: int = N_DRAWS) -> dict[str, Any]:
    """Give a figure as `value`, `low`, `high`; None where it is not defined."""
    low, high = between(figure(scored(table), person_weights(table["person_id"], n_draws)))
    return rounded(value(table, figure), low, high)


def rounded(middle: float, low: float, high: float) -> dict[str, Any]:
    """Put a value and its interval into a form that JSON knows."""
    numbers = {"value": middle, "low": low, "high": high}
    return {k: round(float(v), 4) if np.isfinite(v) else None for k, v in numbers.items()}


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Numbers that a figure stands on."""
    return {
        "n_reps": len(table),
        "n_people": int(table["person_id"].nunique()),
        "n_arched": int(table["arched"].sum()),
        "n_people_arched": int(table.loc[table["arched"], "person_id"].nunique()),
        "n_people_good": int(table.loc[~table["arched"], "person_id"].nunique()),
    }


def summary(table: pd.DataFrame, n_draws: int = N_DRAWS) -> dict[str, Any]:
    """All figures of one set of predictions with intervals and the numbers they stand on.

    `table` has `person_id`, `arched` (bool), `p_arched`, `threshold` and `exercise`.
    """
    figures = {name: with_interval(table, figure, n_draws) for name, figure in FIGURES.items()}
    return {**counts(table), **figures}


def difference(
    a: pd.DataFrame, b: pd.DataFrame, figure: Figure = auc, n_draws: int = N_DRAWS
) -> dict[str, Any]:
    """`figure(a) - figure(b)` for predictions of the same reps, with its interval over people."""
    weights = person_weights(a["person_id"], n_draws)
    low, high = between(figure(scored(a), weights) - figure(scored(b), weights))
    return rounded(value(a, figure) - value(b, figure), low, high)


def permutation_p(table: pd.DataFrame, figure: Figure = auc, n_draws: int = N_DRAWS) -> float:
    """Chance of a figure this high if people's labels had nothing to do with their scores.

    Whole people's runs of labels change places, so reps of one person stay together.
    """
    rng = np.random.default_rng(SEED)
    ordered = table.sort_values("person_id", kind="stable")
    reps, once = scored(ordered), np.ones((1, len(ordered)))
    runs = [rows["arched"].to_numpy(bool) for _, rows in ordered.groupby("person_id", sort=True)]
    seen = figure(reps, once)[0]
    higher = 0
    for _ in range(n_draws):
        shuffled = np.concatenate([runs[i] for i in rng.permutation(len(runs))])
        higher += bool(figure(replace(reps, arched=shuffled), once)[0] >= seen - 1e-12)
    return (higher + 1) / (n_draws + 1)


def calibration_table(table: pd.DataFrame, n_bins: int = 5) -> pd.DataFrame:
    """Mean probability and share of arched reps in equally filled bins.

    Probabilities are those of a world with as many arched reps as good ones, so shares are too.
    """
    bins = pd.qcut(table["p_arched"].rank(method="first"), n_bins, labels=False)
    weight = np.where(table["arched"], 1 / table["arched"].sum(), 1 / (~table["arched"]).sum())
    weighed = table.assign(
        bin=bins, weight=weight, p=weight * table["p_arched"], arch=weight * table["arched"]
    )
    sums = weighed.groupby("bin")[["weight", "p", "arch"]].sum()
    return pd.DataFrame(
        {
            "p_mean": sums["p"] / sums["weight"],
            "arched_frac": sums["arch"] / sums["weight"],
            "n": weighed.groupby("bin").size(),
        }
    ).reset_index()


def risk_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Share of wrong verdicts among the reps that are judged, the surest first."""
    margin = (table["p_arched"] - table["threshold"]).abs()
    ordered = table.loc[margin.sort_values(ascending=False, kind="stable").index]
    wrong = (ordered["p_arched"] >= ordered["threshold"]) != ordered["arched"]
    n = np.arange(1, len(ordered) + 1)
    return pd.DataFrame({"coverage_frac": n / len(ordered), "risk_frac": wrong.cumsum() / n})
