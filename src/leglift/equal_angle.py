"""The headline: a score against lifted and flat moments at equal leg angle.

Only moments of the same 15-degree bin and the same kind of exercise are compared, and people weigh
alike, so what a rule that sees only the legs can have is what varies within a bin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

BIN_DEG = 15.0
N_DRAWS = 2000


def strata(moments: pd.DataFrame) -> pd.Series:
    """Kind of exercise and bin of the leg angle of every moment; unknown angles share a bin."""
    index = np.floor(moments["leg_angle_deg"] / BIN_DEG).astype("Int64").astype("string")
    return moments["exercise"] + "/" + index.fillna("unknown").astype(str)


def auc_equal_leg_angle(moments: pd.DataFrame, score: Floats, weights: Floats) -> float:
    """Share of comparable pairs in which the lifted moment has the higher score; ties are half.

    Parameters
    ----------
    moments
        `lifted` (bool) and `stratum`, a row a moment.
    score
        (n,), higher is more lifted.
    weights
        (n,) weight of each moment; NaN is returned where no pair has any.
    """
    up = moments["lifted"].to_numpy(bool)
    won = total = 0.0
    for rows in moments.groupby("stratum").indices.values():
        lifted, flat = rows[up[rows]], rows[~up[rows]]
        if not (len(lifted) and len(flat)):
            continue
        w = weights[lifted][:, None] * weights[flat][None, :]
        higher = score[lifted][:, None] - score[flat][None, :]
        won += float((w * ((higher > 0) + 0.5 * (higher == 0))).sum())
        total += float(w.sum())
    return won / total if total else float("nan")


def weighted_auc(up: npt.NDArray[np.bool_], score: Floats, w: Floats) -> float:
    """Area under the ROC curve with weights; NaN where one state has none."""
    from sklearn.metrics import roc_auc_score

    if not (w[up].sum() and w[~up].sum()):
        return float("nan")
    return float(roc_auc_score(up, score, sample_weight=w))


def person_weights(people: pd.Series) -> Floats:
    """Weights (n,) with which every person counts the same."""
    return np.asarray(1.0 / people.map(people.value_counts()).to_numpy(float))


def mean_of(values: npt.NDArray[Any]) -> Callable[[Floats], float]:
    """Weighted mean as a function of weights."""
    return lambda w: float((w * values).sum() / w.sum())


def share_of(hit: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> Callable[[Floats], float]:
    """Weighted share of hits among some rows, NaN among none."""
    return lambda w: (
        float(w[hit & among].sum() / w[among].sum()) if w[among].sum() else float("nan")
    )


def median_size_of(errors: Floats) -> Callable[[Floats], float]:
    """Weighted median of the errors' sizes as a function of weights."""
    size = np.abs(errors)
    order = np.argsort(size)

    def median(w: Floats) -> float:
        total = np.cumsum(w[order])
        return float(size[order][np.searchsorted(total, total[-1] / 2)])

    return median


def over_people(
    people: pd.Series, value: Callable[[Floats], float], seed: int = 0, n_draws: int = N_DRAWS
) -> dict[str, float | int]:
    """Value with a 95 % interval over people drawn with replacement.

    `value` takes weights (n,) of the moments; a person drawn twice weighs twice.
    """
    base = person_weights(people)
    codes, names = pd.factorize(people)
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(n_draws):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        draws.append(value(base * times[codes]))
    known = np.isfinite(draws)
    low, high = np.quantile(np.array(draws)[known], [0.025, 0.975]) if known.any() else [np.nan] * 2
    return {
        "value": value(base), "low": float(low), "high": float(high),
        "n_moments": len(people), "n_people": len(names),
    }  # fmt: skip
