"""The rep's answer as time to event, the time being the leg's way down: curves against raters.

The back leaves the floor at one leg angle, the point of control. A curve says for every angle how
probably the back is still flat there; raters say where it is, where it is not, and nothing of the
angles between or below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from leglift.equal_angle import mean_of, over_people
from leglift.study.headline import others_curve

Floats = npt.NDArray[np.float64]

ANGLES_DEG = np.arange(0.0, 91.0)
NORMS_DEG = (26.2, 23.2)
"""Mean and SD of men (15.4) and women (36.9) alike, 18 to 29 years; SD from the standard error of
measurement and an ICC of 0.98 (Krause et al. 2005, doi 10.1016/j.apmr.2004.12.020)."""


def still_flat(point_deg: float, flat_to_deg: float, error_deg: float, before: Any) -> Floats:
    """Probability (len(ANGLES_DEG),) that the back is still flat at each leg angle.

    Parameters
    ----------
    point_deg
        Where the instrument has the back leave: a normal curve of SD `error_deg` about it.
    flat_to_deg
        Without a point, how far down it saw the back stay: what is known `before` (mean and SD of a
        population), given that the point lies below. Without either, what is known before.
    """
    mean, sd = before
    if np.isfinite(point_deg):
        return np.asarray(norm.cdf(ANGLES_DEG, point_deg, error_deg))
    curve = np.asarray(norm.cdf(ANGLES_DEG, mean, sd))
    if np.isfinite(flat_to_deg):
        curve = np.minimum(curve / max(float(norm.cdf(flat_to_deg, mean, sd)), 1e-9), 1.0)
    return curve


def known_flat(flat_deg: float, lifted_deg: float) -> Floats:
    """Put into numbers what raters say at each leg angle: 1 flat, 0 lifted, NaN nothing."""
    lifted = (
        lifted_deg >= ANGLES_DEG if np.isfinite(lifted_deg) else np.zeros(len(ANGLES_DEG), bool)
    )
    return np.select([lifted, flat_deg <= ANGLES_DEG], [0.0, 1.0], np.nan)


def integrated_brier(curve: Floats, truth: Floats) -> float:
    """Mean square error over the leg angles of which raters say something; NaN without any."""
    known = np.isfinite(truth)
    return float(((curve - truth)[known] ** 2).mean()) if known.any() else float("nan")


def before_of(reps: pd.DataFrame, person_id: str) -> tuple[float, float]:
    """Mean and SD of everybody else's points; the published norms where these are few."""
    mean, sd = others_curve(reps, person_id)
    return (mean, max(sd, 1.0)) if np.isfinite(mean) else NORMS_DEG


def time_to_event_figures(reps: pd.DataFrame, error_deg: float) -> dict[str, Any]:
    """Integrated Brier score of the instrument, of others' curve and of the norms; concordance.

    `reps` has a row a rep: `person_id`, what raters say (`flat_deg`, `lifted_deg`) and what the
    instrument says (`said_flat_deg`, `said_at_deg`). Reps of which it says nothing have what is
    known before. Lower is better; who always says one half has 0.25.
    """
    scores = pd.DataFrame([_scores(reps, rep, error_deg) for rep in reps.itertuples()])
    if scores.empty or scores["truth_known"].eq(0).all():
        return {}
    own = scores[scores["truth_known"] > 0].reset_index(drop=True)
    figures = {
        name: over_people(own["person_id"], mean_of(own[name].to_numpy(float)))
        for name in ("instrument", "population_curve", "norms")
    }
    return {
        "integrated_brier": figures,
        "concordance": over_people(scores["person_id"], lambda w: concordance(scores, w)),
        "n_reps": len(own),
        "n_lifted": int(own["lifted_deg"].notna().sum()),
    }


def _scores(reps: pd.DataFrame, rep: Any, error_deg: float) -> dict[str, Any]:
    before = before_of(reps, rep.person_id)
    truth = known_flat(rep.flat_deg, rep.lifted_deg)
    nothing = float("nan")
    curves = {
        "instrument": still_flat(rep.said_at_deg, rep.said_flat_deg, error_deg, before),
        "population_curve": still_flat(nothing, nothing, error_deg, before),
        "norms": still_flat(nothing, nothing, error_deg, NORMS_DEG),
    }
    said = rep.said_at_deg if np.isfinite(rep.said_at_deg) else min(before[0], rep.said_flat_deg)
    return {
        "person_id": rep.person_id, "flat_deg": rep.flat_deg, "lifted_deg": rep.lifted_deg,
        "said_deg": said if np.isfinite(said) else before[0],
        "truth_known": int(np.isfinite(truth).sum()),
        **{name: integrated_brier(curve, truth) for name, curve in curves.items()},
    }  # fmt: skip


def concordance(scores: pd.DataFrame, weights: Floats) -> float:
    """Share of pairs of people in which who surely lifts at a higher angle is said to; ties half.

    Sure is a pair in which one back is lifted at an angle at which the other is still flat (Harrell
    et al. 1982, for intervals). NaN without any.
    """
    lifted, flat = scores["lifted_deg"].to_numpy(float), scores["flat_deg"].to_numpy(float)
    said, people = scores["said_deg"].to_numpy(float), scores["person_id"].to_numpy()
    higher = (lifted[:, None] >= flat[None, :]) & (people[:, None] != people[None, :])
    w = np.where(higher, weights[:, None] * weights[None, :], 0.0)
    right = (said[:, None] > said[None, :]) + 0.5 * (said[:, None] == said[None, :])
    return float((w * right).sum() / w.sum()) if w.sum() else float("nan")
