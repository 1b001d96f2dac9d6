"""What a history says, as a document and as text: trend, what changed, and the rest days."""

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
from scipy.stats import theilslopes

from leglift.params import HistoryParams
from leglift.verdict.table import wrapped

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
    return float(theilslopes(known["point_of_control_deg"], weeks).slope)


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


@dataclass(frozen=True)
class Change:
    """First and last known point of control, and the least change that measuring can tell (deg).

    That is the smallest detectable change: of two sets in which nothing changed, 95 % differ by
    less.
    """

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
    least = _TWO_SIDED * math.sqrt(2) * float(ends["point_of_control_error_deg"].max())
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
    says = "as planned, "
    if len(week) < params.least_sessions:
        says = "fewer than "
    elif len(week) > params.most_sessions:
        says = "more than "
    plan = f"{params.least_sessions} to {params.most_sessions} a week"
    lines = [f"In the 7 days up to {days[-1]}: {counted(len(week), 'session')}, {says}{plan}."]
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


def history_text(said: dict[str, Any]) -> str:
    """Human table: one line a set, then what it means."""
    sets, sessions = (counted(said[f"n_{what}s"], what) for what in ("set", "session"))
    lines = [f"{said['person']}: {sets} in {sessions}", ""]
    lines += [
        f"{'day':<10} {'reps':>5} {'good':>5} {'arched':>7} {'unclear':>8} {'over at':>8} "
        f"{'control, deg':>14} {'lower':>6}"
    ]
    lines += [_set_line(one) for one in said["sets"]]
    return "\n".join([*lines, "", *wrapped(said["advice"]), ""])


def _set_line(one: dict[str, Any]) -> str:
    over, lower = (
        "-" if one[name] is None else f"{one[name]:.{digits}f}{unit}"
        for name, digits, unit in (("set_over_at_rep", 0, ""), ("lowering_s", 1, "s"))
    )
    return (
        f"{one['done_on']:<10} {one['n_reps']:>5} {one['n_good']:>5} {one['n_arched']:>7} "
        f"{one['n_cant_tell']:>8} {over:>8} {_control(one):>14} {lower:>6}"
    )


def _control(one: dict[str, Any]) -> str:
    deg, low, high = (one[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    if deg is None:
        return f"below {high:.0f}" if one["point_of_control_censored"] else "-"
    return f"{deg:.0f}" if low is None or high is None else f"{deg:.0f} ({low:.0f} to {high:.0f})"
