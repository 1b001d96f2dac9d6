"""Leg lifts in a leg's angle trace: legs low, legs high, legs low again.

Intervals are half-open, `[start_s, end_s)`, and their phases meet: lift `[start, hold_start)`,
hold `[hold_start, hold_end)`, lowering `[hold_end, end)`. The top is the middle of the hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.hanging import why_not_held
from leglift.motion.signals import finite_runs, true_runs
from leglift.params import RepParams

Floats = npt.NDArray[np.float64]

LIFT_EVENTS = ("start", "hold_start", "top", "hold_end", "end")
ENDING_COLUMNS = ["lowered_frac", "after_s", "end_speed_deg_s"]
REP_COLUMNS = ["leg", *(f"{name}_s" for name in LIFT_EVENTS), "lift_seen", "lowering_seen"]
REP_COLUMNS += ["travel_deg", *ENDING_COLUMNS, "reason"]
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
        for start, stop in finite_runs(angle_deg)
        if len(part := angle_deg[start:stop])
    ]
    moved = np.concatenate(swings) if swings else np.array([])
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


def lowering_frac(angle_deg: Floats, lift: Lift, usual_low_deg: float) -> float:
    """Share of the way down to the set's usual bottom that the lift's lowering covers."""
    high = float(angle_deg[lift.top])
    way = high - min(usual_low_deg, high - 1e-6)
    return float((high - angle_deg[lift.top : lift.end + 1].min()) / way)


def _usual_low_deg(angle_deg: Floats, lifts: list[Lift]) -> float:
    """Where this set's lifts begin and end; the last end is left out, as it may be cut short."""
    starts = [angle_deg[lift.start] for lift in lifts if lift.lift_seen]
    ends = [angle_deg[lift.end] for lift in lifts[:-1] if lift.lowering_seen]
    return float(np.median(starts + ends or [angle_deg.min()]))


def leg_reps(
    legs: pd.DataFrame, rank: str, reversal_deg: float, params: RepParams, hanging: bool = False
) -> pd.DataFrame:
    """Reps of one leg in one shot.

    Parameters
    ----------
    legs
        Even grid of a shot with `time_s`, `angle_deg` (the leg's angle, NaN where unknown),
        `foot_x_norm`, `foot_y_norm` (foot from the shoulder), `shoulder_norm` (height of the
        shoulder), `tilt_deg` (trunk against the picture's horizontal), `drop_norm` (how far the
        lower foot is below the hip).
    rank
        'near' or 'far', copied into the result.
    reversal_deg
        How far the leg must turn back to count as a movement.
    hanging
        The person hangs from a bar: `legs` also has `hand_x_norm`, `hand_y_norm`, `grip_norm`.

    Returns
    -------
    A row a rep, columns `REP_COLUMNS`; `reason` is empty when it is a leg lift and otherwise
    says why this movement is none. `lowered_frac` is the share of the way down to the set's usual
    bottom, `after_s` how long the leg is followed after the rep, and `end_speed_deg_s` how fast it
    goes down where it is seen last.
    """
    time_s = legs["time_s"].to_numpy(float)
    angle = legs["angle_deg"].to_numpy(float)
    rows = []
    for run_start, run_stop in finite_runs(angle):
        part = angle[run_start:run_stop]
        lifts = find_lifts(part, reversal_deg, params)
        if not lifts:
            continue
        usual_low = _usual_low_deg(part, lifts)
        for lift in lifts:
            ending = _ending(time_s[run_start:run_stop], part, lift, usual_low)
            rows.append(
                {
                    "leg": rank,
                    **{
                        f"{name}_s": time_s[run_start + getattr(lift, name)] for name in LIFT_EVENTS
                    },
                    "lift_seen": lift.lift_seen,
                    "lowering_seen": lift.lowering_seen,
                    "travel_deg": float(np.ptp(part[lift.start : lift.end + 1])),
                    **ending,
                    "reason": _why_not(
                        legs.iloc[run_start + lift.start : run_start + lift.end + 1],
                        ending["lowered_frac"],
                        params,
                        hanging,
                    ),
                }
            )
    return pd.DataFrame(rows, columns=REP_COLUMNS)


def _ending(
    time_s: Floats, angle_deg: Floats, lift: Lift, usual_low_deg: float
) -> dict[str, float]:
    """How a lift ends: share of the way down, how long the trace goes on, its speed down there."""
    lowered = lowering_frac(angle_deg, lift, usual_low_deg) if lift.lowering_seen else 0.0
    late = time_s >= time_s[-1] - _END_S
    way_s = float(np.ptp(time_s[late]))
    fell_deg = float(angle_deg[late][0] - angle_deg[-1])
    return {
        "lowered_frac": lowered,
        "after_s": float(time_s[-1] - time_s[lift.end]),
        "end_speed_deg_s": fell_deg / way_s if way_s > 0 else 0.0,
    }


def _why_not(rep: pd.DataFrame, lowered: float, params: RepParams, hanging: bool) -> str:
    """Why this up-and-down of a leg is not a leg lift; empty if it is one."""
    return (why_not_held if hanging else _why_not_lying)(rep, params) or _why_no_lift(
        rep, lowered, params
    )


def _why_not_lying(rep: pd.DataFrame, params: RepParams) -> str:
    if rep["tilt_deg"].median() > params.max_trunk_tilt_deg:
        return f"{UPRIGHT}: the person {_upright_how(rep['drop_norm'])}"
    sits_up = _spread(rep["shoulder_norm"]) > params.max_shoulder_rise_norm
    return "the upper body sits up" if sits_up else ""


def _upright_how(drop_norm: pd.Series) -> str:
    """Say what somebody upright does, by how far the feet get below the hips (trunk lengths)."""
    lowest = drop_norm.max()
    if lowest > _STANDING_DROP_NORM:
        return "stands"
    return "is upside down" if lowest < -_STANDING_DROP_NORM / 2 else "sits or kneels"


def _why_no_lift(rep: pd.DataFrame, lowered: float, params: RepParams) -> str:
    foot_path = max(_spread(rep["foot_x_norm"]), _spread(rep["foot_y_norm"]))
    checks = {
        "the feet stay where they are": foot_path < params.min_foot_path_norm,
        "the legs do not come up": rep["angle_deg"].max() < params.min_top_deg,
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
    shared = _overlap_s(reps, other)
    shorter = (reps["end_s"] - reps["start_s"]).clip(1e-9, other_s)
    apart = (reps["top_s"] - other["top_s"]).abs() / shorter
    same = (apart <= params.same_top_frac) & (shared > 0)
    same |= shared / shorter >= params.same_inside_frac
    return int(shared.where(same, -1.0).idxmax()) if same.any() else None


def _overlap_s(reps: pd.DataFrame, other: pd.Series) -> pd.Series:
    last_start = np.maximum(reps["start_s"], other["start_s"])
    return (np.minimum(reps["end_s"], other["end_s"]) - last_start).clip(lower=0)
