"""How far the raters can be trusted: blinding, null and catch pairs, repeats, side bias, legs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

Floats = npt.NDArray[np.float64]

N_DRAWS = 2000


def over_groups(
    values: pd.Series, groups: pd.Series, n_draws: int | None = None
) -> dict[str, float]:
    """Mean of values with a 95 % interval over groups (people or clips) drawn with replacement."""
    known = values.astype(float)
    sums = known.groupby(groups).agg(["sum", "count"]).to_numpy(float)
    shape = (n_draws or N_DRAWS, len(sums))
    drawn = sums[np.random.default_rng(0).integers(0, len(sums), shape)].sum(axis=1)
    return _figure(known.mean(), drawn[:, 0] / drawn[:, 1], len(known), len(sums))


def _figure(value: float, draws: Floats | list[float], n: int, n_people: int) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "value": float(value), "low": float(low), "high": float(high), "n": n, "n_people": n_people
    }  # fmt: skip


def with_rise(pairs: pd.DataFrame, truth: pd.DataFrame, column: str) -> pd.DataFrame:
    """Catch pairs with `rise_norm`, the true difference right minus left of a column."""
    value = truth.set_index(["clip_id", "moment"])[column]
    catch = pairs[pairs["kind"] == "catch"].copy()
    sides = [
        value.reindex(pd.MultiIndex.from_frame(catch[["clip_id", side]])).to_numpy(float)
        for side in ("right_moment", "left_moment")
    ]
    return catch.assign(rise_norm=sides[0] - sides[1])


def psychometric(rise_norm: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Rise (trunk lengths) that is told right 75 % of the time: a cumulative normal from one half.

    `right` counts an answer "same" as wrong only if there is a difference to see: pass half answers
    as 0.5. The spread is fitted by maximum likelihood (Wichmann and Hill 2001, no lapses).
    """
    size, told = np.abs(rise_norm), np.asarray(right, float)

    def loss(log_spread: Floats) -> float:
        p = norm.cdf(size / np.exp(log_spread[0]))
        p = np.clip(p, 1e-4, 1 - 1e-4)
        return float(-(told * np.log(p) + (1 - told) * np.log(1 - p)).sum())

    best = minimize(loss, [np.log(np.median(size))], method="Nelder-Mead")
    return float(np.exp(best.x[0]) * norm.ppf(0.75))


def catch_threshold(pairs: pd.DataFrame) -> dict[str, float]:
    """`psychometric` of catch pairs with an interval over simulated bodies.

    `pairs` has `clip_id`, `rise_norm` (right minus left, true) and `answer`.
    """
    rise, told = pairs["rise_norm"].to_numpy(float), told_right(pairs).to_numpy()
    groups = list(pairs.groupby("clip_id").indices.values())
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(200):
        some = np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
        draws.append(psychometric(rise[some], told[some]))
    return _figure(psychometric(rise, told), draws, len(pairs), len(groups))


def told_right(pairs: pd.DataFrame) -> pd.Series:
    """1 for the true side, 0 for the other, 0.5 for "same"."""
    true = np.where(pairs["rise_norm"] > 0, "right", "left")
    half = np.where(pairs["answer"] == "same", 0.5, 0.0)
    return pd.Series(np.where(pairs["answer"] == true, 1.0, half), index=pairs.index)


def legs_only_auc(moments: pd.DataFrame) -> dict[str, float]:
    """AUC of "the lower the legs, the more lifted" over moments of a known state (yes, no).

    The interval is over people.
    """
    known = moments.dropna(subset="leg_angle_deg")
    up = known["lifted"].eq("yes").to_numpy()
    low_legs = -known["leg_angle_deg"].to_numpy(float)
    people = list(known.groupby("person_id").indices.values())
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(N_DRAWS):
        some = np.concatenate([people[i] for i in rng.integers(0, len(people), len(people))])
        if 0 < up[some].sum() < len(some):
            draws.append(roc_auc_score(up[some], low_legs[some]))
    return _figure(roc_auc_score(up, low_legs), draws, len(known), len(people))
