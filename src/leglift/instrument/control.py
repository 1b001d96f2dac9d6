"""From moments to the clinic's answer: the leg angle at which the lower back leaves the surface.

Double leg lowering test: legs are lowered from upright; the angle against the floor at which the
back comes up is the point of control (Krause et al. 2005, doi 10.1016/j.apmr.2004.12.020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import CensoredData, norm

from leglift.motion.signals import Flags, Floats

HELD = 3
"""Moments in a row (0.3 s) that count as more than one bad outline."""

MIN_SEEN = 4
"""Visible moments of a lowering below which nothing is said of it."""

RISEN = 0.7
"""Share of the rise to which its beginning is fitted; found on simulated bodies (decision 0016)."""


@dataclass(frozen=True)
class Lift:
    """Where the back leaves the floor in one lowering.

    The back was flat down to `flat_deg` and lifted at `lifted_deg`; `at_deg` lies between. Without
    a lift `at_deg` and `lifted_deg` are NaN and `flat_deg` is how far down the back was seen to
    stay: the answer is censored there. All NaN: not enough was seen.
    """

    flat_deg: float
    lifted_deg: float
    at_deg: float

    @property
    def censored(self) -> bool:
        """The back stayed down as far as it was seen."""
        return bool(np.isnan(self.lifted_deg) and np.isfinite(self.flat_deg))


NOTHING_SEEN = Lift(float("nan"), float("nan"), float("nan"))


def lift_of(lowering: pd.DataFrame, lifted_at: float) -> Lift:
    """Find where the back lifts in the moments of one lowering.

    `lowering` has the moments from the top to the lowest in order of time: `leg_angle_deg`,
    `p_lifted` (NaN where the back is not seen) and `height_norm`. From probability `lifted_at` on a
    moment counts as lifted; it has to hold for `HELD` moments.
    """
    seen = lowering.dropna(subset=["p_lifted", "leg_angle_deg"])
    if len(seen) < MIN_SEEN:
        return NOTHING_SEEN
    angle = seen["leg_angle_deg"].to_numpy(float)
    up = held_true(seen["p_lifted"].to_numpy(float) >= lifted_at)
    if not up.any():
        return Lift(float(angle.min()), float("nan"), float("nan"))
    first = int(up.argmax())
    lifted = float(angle[first])
    flat = float(angle[first - 1]) if first else float(angle[0])
    knee = hinge_deg(angle, seen["height_norm"].to_numpy(float), first)
    return Lift(flat, lifted, max(knee, lifted))


def held_true(flags: Flags) -> Flags:
    """Keep flags that hold for `HELD` samples in a row, or to the end of the series."""
    n = min(HELD, len(flags))
    runs = np.lib.stride_tricks.sliding_window_view(flags, n).all(axis=1)
    return np.concatenate([runs, np.zeros(n - 1, bool)])


def hinge_deg(angle: Floats, level: Floats, first: int) -> float:
    """Leg angle at which the level starts to rise: the knee of a broken stick (Muggeo 2003).

    Fitted by least squares from the top until `RISEN` of the rise is reached: a back that is all
    the way up bends the stick a second time. A level is noticed only when it is well over the
    noise, so the knee lies before that.
    """
    known = np.isfinite(level)
    if known.sum() < MIN_SEEN or not known[first:].any():
        return float(angle[first])
    flat, peak = np.nanquantile(level[: first + 1], 0.25), np.nanmax(level[first:])
    last = first + int((level[first:] >= flat + RISEN * (peak - flat)).argmax()) + 1
    x, y = angle[:last][known[:last]], level[:last][known[:last]]
    if len(x) < MIN_SEEN or np.ptp(x) < 1.0:
        return float(angle[first])
    low, high = float(x.min()), float(x.max())
    best = minimize_scalar(_hinge_loss, bounds=(low, high), args=(x, y), method="bounded")
    return float(best.x)


def _hinge_loss(knee: float, x: Floats, y: Floats) -> float:
    past = np.maximum(knee - x, 0.0)
    design = np.column_stack([np.ones_like(x), past])
    coef, *_ = np.linalg.lstsq(design, y, rcond=None)
    if coef[1] <= 0:
        return float(((y - y.mean()) ** 2).sum())
    return float(((y - design @ coef) ** 2).sum())


@dataclass(frozen=True)
class PointOfControl:
    """Answer of a set in degrees of leg angle, with the interval of the instrument's own error.

    `censored`: the back stayed down as far as it was seen; then only `high_deg` is known.
    """

    deg: float | None
    low_deg: float | None
    high_deg: float | None
    censored: bool | None


def point_of_control(lifts: list[Lift], error_sd_deg: float) -> PointOfControl:
    """Join the reps of a set: the median of what lifted, or how far down all of them stayed flat.

    The interval is 95 % of the error that the instrument had on people, narrowed by the number of
    reps only as far as they differ from each other.
    """
    seen = [lift for lift in lifts if np.isfinite(lift.flat_deg)]
    lifted = [lift.at_deg for lift in seen if not lift.censored]
    if not seen:
        return PointOfControl(None, None, None, None)
    if not lifted:
        return PointOfControl(None, None, min(lift.flat_deg for lift in seen), True)
    middle, half = float(np.median(lifted)), 1.96 * error_sd_deg
    low = max(min(middle - half, min(lifted)), 0.0)
    return PointOfControl(middle, low, max(middle + half, max(lifted)), False)


def population_curve(intervals: pd.DataFrame) -> tuple[float, float]:
    """Mean and SD (deg) of a normal curve of the point of control, fitted to censored answers.

    `intervals` has `flat_deg` and `lifted_deg` of one answer a person: the back left the floor
    between them; NaN `lifted_deg` means that it stayed down to `flat_deg` (so the point lies
    below).
    """
    lower = intervals["lifted_deg"].fillna(-np.inf).to_numpy(float)
    upper = intervals["flat_deg"].to_numpy(float)
    fitted = norm.fit(CensoredData.interval_censored(lower, np.maximum(upper, lower + 1e-3)))
    return float(fitted[0]), float(fitted[1])
