"""What a history says: the trend of the point of control, what changed, and the rest days."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from leglift.params import HistoryParams

_WEEK_D = 7
_TWO_SIDED = 1.96


def history_document(person: str, sets: pd.DataFrame, params: HistoryParams) -> dict[str, Any]:
    """All that `leglift history show` knows: sets, trend of the point of control, sentences."""
    slope, change = control_trend_deg_a_week(sets, params), change_of(sets)
    return {
        "person": person,
        "n_sets": len(sets),
        "n_sessions": int(sets["done_on"].nunique()),
        "control_trend_deg_a_week": None if slope is None else round(slope, 2),
        "smallest_change_deg": None if change is None else round(change.least_deg, 1),
        "advice": [
            *_trend_lines(sets, slope),
            *change_lines(sets),
            *session_lines(sorted(set(sets["done_on"])), params),
        ],
        "sets": json.loads(
            sets.assign(done_on=sets["done_on"].astype(str)).to_json(orient="records")
        ),
    }


def control_trend_deg_a_week(sets: pd.DataFrame, params: HistoryParams) -> float | None:
    """How the point of control moves, in degrees of leg angle a week; less is better.

    The median of all slopes between two sets (Theil and Sen), which one odd set does not turn.
    None before there are enough sets over at least a week.
    """
    known = sets.dropna(subset="point_of_control_deg")
    if len(known) < params.least_trend_sets:
        return None
    weeks = np.array([day.toordinal() / _WEEK_D for day in known["done_on"]])
    if np.ptp(weeks) < 1:
        return None
    control = known["point_of_control_deg"].to_numpy()
    first, second = np.triu_indices(len(known), 1)
    apart = weeks[second] - weeks[first]
    moved = control[second] - control[first]
    return float(np.median(moved[apart > 0] / apart[apart > 0]))


def _trend_lines(sets: pd.DataFrame, slope: float | None) -> list[str]:
    if slope is None:
        known = int(sets["point_of_control_deg"].notna().sum())
        return [
            f"Point of control: known in {counted(known, 'set')}, "
            "too few or too close in time for a trend."
        ]
    if abs(slope) < 0.5:
        return ["The point of control moves by less than half a degree a week."]
    way = "down" if slope < 0 else "up"
    means = "the back stays on the floor longer" if slope < 0 else "the back lifts earlier"
    return [f"The point of control goes {way} by about {abs(slope):.1f} deg a week: {means}."]


def smallest_change_deg(error_sd_deg: float) -> float:
    """Smallest detectable change: of two sets in which nothing changed, 95 % differ by less."""
    return _TWO_SIDED * math.sqrt(2) * error_sd_deg


@dataclass(frozen=True)
class Change:
    """First and last known point of control, and the least change that measuring can tell (deg)."""

    since: date
    first_deg: float
    last_deg: float
    least_deg: float


def change_of(sets: pd.DataFrame) -> Change | None:
    """Compare the last known point of control with the first; None without two and their error."""
    known = sets.dropna(subset=["point_of_control_deg", "point_of_control_error_deg"])
    if len(known) < 2:
        return None
    ends = known.iloc[[0, -1]]
    first, last = ends["point_of_control_deg"].astype(float)
    least = smallest_change_deg(float(ends["point_of_control_error_deg"].max()))
    return Change(ends["done_on"].iloc[0], first, last, least)


def change_lines(sets: pd.DataFrame) -> list[str]:
    """Say whether first and last point of control differ by more than measuring alone makes them.

    Nothing where fewer than two are known, or their error is not.
    """
    change = change_of(sets)
    if change is None:
        return []
    moved = f"From {change.first_deg:.0f} to {change.last_deg:.0f} deg since {change.since}"
    if abs(change.last_deg - change.first_deg) <= change.least_deg:
        return [f"{moved}: within what measuring alone can make it, {change.least_deg:.0f} deg."]
    what = "better" if change.last_deg < change.first_deg else "worse"
    return [
        f"{moved}: {what}, by more than measuring alone can make it, {change.least_deg:.0f} deg."
    ]


def session_lines(days: Sequence[date], params: HistoryParams) -> list[str]:
    """Hold the days of sessions against the article's plan: 3 to 4 a week, a rest day between.

    `days` are different and in order. The week is the one up to the last session.
    """
    if not days:
        return []
    week = [day for day in days if days[-1] - day < timedelta(days=_WEEK_D)]
    plan = f"{params.least_sessions} to {params.most_sessions} a week"
    few, many = len(week) < params.least_sessions, len(week) > params.most_sessions
    says = f"fewer than {plan}" if few else f"more than {plan}" if many else f"as planned, {plan}"
    lines = [f"In the 7 days up to {days[-1]}: {counted(len(week), 'session')}, {says}."]
    least = timedelta(days=params.rest_days + 1)
    lines += [
        f"{before} and {after}: no rest day between; leave one."
        for before, after in pairwise(days)
        if after - before < least and after in week
    ]
    return lines


def counted(n: int, what: str) -> str:
    """Return number and noun: 1 set, 2 sets."""
    return f"{n} {what}{'' if n == 1 else 's'}"
