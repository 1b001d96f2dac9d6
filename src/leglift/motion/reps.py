"""Leg lifts in a leg's angle trace: legs low, legs high, legs low again.

Intervals are half-open, `[start_s, end_s)`, and their phases meet: lift `[start, hold_start)`,
hold `[hold_start, hold_end)`, lowering `[hold_end, end)`. The top is the middle of the hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leglift.motion.signals import Floats, finite_runs, true_runs
from leglift.params import RepParams

LIFT_EVENTS = ("start", "hold_start", "top", "hold_end", "end")
REP_COLUMNS = ["leg", *(f"{name}_s" for name in LIFT_EVENTS), "lift_seen", "lowering_seen"]
REP_COLUMNS += ["travel_deg", "lowered_frac", "after_s", "end_speed_deg_s", "reason"]
UPRIGHT = "the trunk is upright, nobody lies"
CUT_OFF = "the clip ends before the legs come down"

# A straight leg is 1.7 trunk lengths (Drillis and Contini 1966), the shank of who sits is 0.85.
_STANDING_DROP_NORM = 1.2
_END_S = 0.15  # over which the speed at a trace's end is taken
# A leg that takes so many samples (4 s of the even grid) for so little of its way rests.
_REST_SAMPLES, _REST_FRAC = 120, 0.05


@dataclass(frozen=True)
class Lift:
    """One leg lift as indices into an angle trace; `lift_seen` is false if it began legs up."""

    start: int
    hold_start: int
    hold_end: int
    end: int
    lift_seen: bool
    lowering_seen: bool

    @property
    def top(self) -> int:
        """Middle of the hold."""
        return (self.hold_start + self.hold_end) // 2


def turning_points(angle_deg: Floats, reversal_deg: float) -> list[int]:
    """Find the indices of alternating lows and highs that differ by `reversal_deg` or more.

    The first and the last extreme are included, so that a trace which starts or ends half-way
    through a lift is told apart from one that starts or ends at rest. A trace that never moves
    that far has no turning points.
    """
    low = high = 0
    points: list[int] = []
    rising: bool | None = None
    for i, value in enumerate(angle_deg):
        high = i if value > angle_deg[high] else high
        low = i if value < angle_deg[low] else low
        if rising is not True and value - angle_deg[low] >= reversal_deg:
            points.append(low)
            rising, high = True, i
        elif rising is not False and angle_deg[high] - value >= reversal_deg:
            points.append(high)
            rising, low = False, i
    if rising is None:
        return []
    return [*points, high if rising else low]


def find_lifts(angle_deg: Floats, reversal_deg: float, params: RepParams) -> list[Lift]:
    """Segment one gap-free angle trace into lifts, by the shape of the trace alone."""
    turns = turning_points(angle_deg, reversal_deg)
    lifts = []
    for k, top in enumerate(turns):
        before = turns[k - 1] if k else None
        after = turns[k + 1] if k + 1 < len(turns) else None
        neighbour = after if before is None else before
        if neighbour is None or angle_deg[neighbour] >= angle_deg[top]:
            continue
        lifts.append(_edges(angle_deg, before, top, after, params))
    return lifts


def reversal_deg(angle_deg: Floats, params: RepParams) -> float:
    """How far a leg must turn back to count: a share of this set's usual swing.

    The upper quartile of the swings is what is usual: wobbles at the top do not lower it, and
    a stray jump of the landmarks does not raise it.
    """
    swings = [
        np.abs(np.diff(part[turning_points(part, params.min_range_deg)]))
        for part in (angle_deg[start:stop] for start, stop in finite_runs(angle_deg))
    ]
    moved = np.concatenate([[], *swings])
    usual = float(np.percentile(moved, 75)) if len(moved) else 0.0
    return max(params.min_range_deg, params.min_range_frac * usual)


def _edges(
    angle_deg: Floats, before: int | None, top: int, after: int | None, params: RepParams
) -> Lift:
    """Where the leg leaves the bottom, holds the top, and has reached the bottom again."""
    high = angle_deg[top]
    first = 0 if before is None else before
    last = len(angle_deg) - 1 if after is None else after

    def near_bottom(low_idx: int) -> float:
        return float(angle_deg[low_idx] + params.edge_frac * (high - angle_deg[low_idx]))

    start, end = first, last
    if before is not None:
        rest = np.flatnonzero(angle_deg[first : top + 1] <= near_bottom(first))
        start = _after_rest(angle_deg, first + int(rest[-1]), top, params.edge_frac)
    if after is not None:
        rest = np.flatnonzero(angle_deg[top : last + 1] <= near_bottom(last))
        end = top + int(rest[0])
    travel = high - min(angle_deg[first], angle_deg[last])
    held = angle_deg[start : end + 1] >= high - params.hold_frac * travel
    hold = next((a, b) for a, b in true_runs(held) if a <= top - start < b)
    return Lift(
        start, start + hold[0], start + hold[1] - 1, end, before is not None, after is not None
    )


def _after_rest(angle_deg: Floats, start: int, top: int, edge_frac: float) -> int:
    """Where the lift begins if the leg rests a little above its lowest; else `start` itself.

    The lowest may be a dip long before, of a badly compressed beginning for instance: the rest that
    follows, and what the back does in it, is no part of the lift.
    """
    way_deg = angle_deg[top] - angle_deg[start]
    low = np.flatnonzero(angle_deg[start : top + 1] <= angle_deg[start] + _REST_FRAC * way_deg)
    rest = angle_deg[start : start + int(low[-1]) + 1]
    if len(rest) <= _REST_SAMPLES:
        return start
    level_deg = float(np.median(rest)) + edge_frac * way_deg
    return start + int(np.flatnonzero(angle_deg[start : top + 1] <= level_deg)[-1])


def _usual_low_deg(angle_deg: Floats, lifts: list[Lift]) -> float:
    """Where this set's lifts begin and end; the last end is left out, as it may be cut short."""
    starts = [angle_deg[lift.start] for lift in lifts if lift.lift_seen]
    ends = [angle_deg[lift.end] for lift in lifts[:-1] if lift.lowering_seen]
    return float(np.median(starts + ends or [angle_deg.min()]))


def leg_reps(
    signals: pd.DataFrame, rank: str, reversal_deg: float, params: RepParams, hanging: bool = False
) -> pd.DataFrame:
    """Reps of one leg in one shot.

    `signals` is the even grid of a shot (`segment.shot_signals`), `rank` the leg, near or far;
    `reversal_deg` says how far it must turn back to count as a movement.

    Returns a row a rep, `REP_COLUMNS`. `reason` says why this movement is no leg lift, empty
    if it is one. `lowered_frac` is the share of the way down to the set's usual bottom, `after_s`
    how long the leg is followed after the rep, and `end_speed_deg_s` how fast it goes down where it
    is seen last.
    """
    all_s = signals["time_s"].to_numpy(float)
    all_deg = signals[f"{rank}_followed_deg"].to_numpy(float)
    rows = []
    for run_start, run_stop in finite_runs(all_deg):
        time_s, angle = all_s[run_start:run_stop], all_deg[run_start:run_stop]
        lifts = find_lifts(angle, reversal_deg, params)
        usual_low = _usual_low_deg(angle, lifts)
        for lift in lifts:
            rep = signals.iloc[run_start + lift.start : run_start + lift.end + 1]
            ending = _ending(time_s, angle, lift, usual_low)
            why_not = _why_not_hanging if hanging else _why_not_lying
            rows.append(
                {
                    "leg": rank,
                    **{f"{name}_s": time_s[getattr(lift, name)] for name in LIFT_EVENTS},
                    "lift_seen": lift.lift_seen,
                    "lowering_seen": lift.lowering_seen,
                    "travel_deg": float(np.ptp(angle[lift.start : lift.end + 1])),
                    **ending,
                    "reason": why_not(rep, params)
                    or _why_no_lift(rep, rank, ending["lowered_frac"], params),
                }
            )
    return pd.DataFrame(rows, columns=REP_COLUMNS)


def _ending(
    time_s: Floats, angle_deg: Floats, lift: Lift, usual_low_deg: float
) -> dict[str, float]:
    """How a lift ends: share of the way down, how long the trace goes on, its speed down there."""
    high = float(angle_deg[lift.top])
    way_deg = high - min(usual_low_deg, high - 1e-6)
    lowered_deg = high - angle_deg[lift.top : lift.end + 1].min() if lift.lowering_seen else 0.0
    late = time_s >= time_s[-1] - _END_S
    late_s = float(np.ptp(time_s[late]))
    fell_deg = float(angle_deg[late][0] - angle_deg[-1])
    return {
        "lowered_frac": float(lowered_deg / way_deg),
        "after_s": float(time_s[-1] - time_s[lift.end]),
        "end_speed_deg_s": fell_deg / late_s if late_s > 0 else 0.0,
    }


def _why_not_hanging(rep: pd.DataFrame, params: RepParams) -> str:
    """Why a movement is none of somebody who hangs; empty if hands and shoulders say it is."""
    path = max(_spread(rep[f"hand_{axis}_norm"]) for axis in "xy")
    if not (rep["grip_norm"].median() > params.min_grip_norm and path < params.max_hand_path_norm):
        return "the trunk is upright and the hands do not hold on to a bar"
    pulls_up = _spread(rep["grip_norm"]) > params.max_pull_up_norm
    return "the arms pull the body up" if pulls_up else ""


def _why_not_lying(rep: pd.DataFrame, params: RepParams) -> str:
    """Why a movement is none of somebody who lies; empty if the trunk says it is."""
    if rep["tilt_deg"].median() > params.max_trunk_tilt_deg:
        lowest = rep["drop_norm"].max()
        if lowest > _STANDING_DROP_NORM:
            return f"{UPRIGHT}: the person stands"
        upside_down = lowest < -_STANDING_DROP_NORM / 2
        return f"{UPRIGHT}: the person {'is upside down' if upside_down else 'sits or kneels'}"
    sits_up = _spread(rep["shoulder_norm"]) > params.max_shoulder_rise_norm
    return "the upper body sits up" if sits_up else ""


def _why_no_lift(rep: pd.DataFrame, rank: str, lowered: float, params: RepParams) -> str:
    """Why this up-and-down of a leg is not a leg lift; empty if it is one."""
    foot_path = max(_spread(rep[f"{rank}_foot_{axis}_norm"]) for axis in "xy")
    too_low = rep[f"{rank}_followed_deg"].max() < params.min_top_deg
    checks = {
        "the feet stay where they are": foot_path < params.min_foot_path_norm,
        "the legs do not come up": too_low,
        "too short for a leg lift": _spread(rep["time_s"]) < params.min_rep_s,
        CUT_OFF: lowered < params.min_lowering_frac,
    }
    return next((reason for reason, failed in checks.items() if failed), "")


def _spread(values: pd.Series) -> float:
    return float(values.max() - values.min())


def merge_legs(near: pd.DataFrame, far: pd.DataFrame, params: RepParams) -> pd.DataFrame:
    """Reps of both legs as one list in order of their tops; a shared lift is one rep, `both`.

    Legs that take turns have their tops half a rep apart, legs that lift together do not.
    """
    near, far = near.copy(), far.copy()
    for i, rep in far.iterrows():
        twin = _twin(near, rep, params)
        if twin is None:
            continue
        if near.loc[twin, "reason"] and not rep["reason"]:
            near = near.drop(index=twin)  # only the far leg really lifts
        else:
            near.loc[twin, "leg"] = "both"
            far = far.drop(index=i)
    parts = [part for part in (near, far) if len(part)]
    merged = pd.concat(parts, ignore_index=True) if parts else near
    return merged.sort_values("top_s", ignore_index=True)


def _twin(reps: pd.DataFrame, other: pd.Series, params: RepParams) -> int | None:
    """Index of the rep that is the same movement as `other`, seen on the other leg.

    Either the tops are close, or one lies almost wholly within the other: the landmarks of the
    leg behind are guesses and dip where the leg does not.
    """
    if reps.empty:
        return None
    other_s = max(other["end_s"] - other["start_s"], 1e-9)
    last_start, first_end = (
        np.maximum(reps["start_s"], other["start_s"]),
        np.minimum(reps["end_s"], other["end_s"]),
    )
    shared = (first_end - last_start).clip(lower=0)
    shorter = (reps["end_s"] - reps["start_s"]).clip(1e-9, other_s)
    apart = (reps["top_s"] - other["top_s"]).abs() / shorter
    same = (apart <= params.same_top_frac) & (shared > 0)
    same |= shared / shorter >= params.same_inside_frac
    return int(shared.where(same, -1.0).idxmax()) if same.any() else None
