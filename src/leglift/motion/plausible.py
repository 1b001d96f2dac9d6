"""What no body does is not judged: impossible angles, lengths and tempos, and half-seen reps.

The landmarks of a rep may be wrong without a word: the legs of one person on the trunk of
another, a body taken for its mirror image, a recording in slow motion. Every limit here lies well
beyond what people do, so that a rep outside is one that was not read, not one that was done badly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from leglift.params import PlausibleParams

HALF_SEEN = "not seen to its end; film until the legs are down"
BEGAN_UNSEEN = "not seen from its beginning: pictures are missing in the file before it"
AS_FAR_AS_SEEN = "as far as seen: the clip ends before the legs are down"
TWO_BODIES = (
    "the landmarks jump about as if between two bodies; film one person alone, in good light"
)
JUMPING = (
    "in other reps legs or joints were mixed up, so this one is not judged either; "
    "film one person alone, from the side, in good light"
)
TWO_PEOPLE = (
    "two people are close together, and the legs of one may be taken for the other's; "
    "film one person alone"
)

BODY_COLUMNS = {
    "leg_norm": "length of the leg, thigh and shank, in trunk lengths (90 % quantile of the rep)",
    "stretch_frac": "longest over shortest length of the trunk within the rep (95 %, 5 % quantile)",
    "jump_norm": "farthest that the trunk moves in 0.1 s, in trunk lengths",
}
"""What a rep shows of the body's own measures, which no movement of the legs changes."""

_JUMP_S = 0.1


def body_measures(signals: pd.DataFrame, leg: str, grid_hz: float) -> dict[str, float]:
    """`BODY_COLUMNS` of one rep from its signals; NaN where nothing is known."""
    place = signals[["trunk_x_norm", "trunk_y_norm"]].to_numpy(float)
    apart = max(round(_JUMP_S * grid_hz), 1)
    moved = np.linalg.norm(place[apart:] - place[:-apart], axis=1)
    shortest, longest = signals["trunk_norm"].quantile([0.05, 0.95])
    return {
        "leg_norm": float(signals[f"{leg}_length_norm"].quantile(0.9)),
        "stretch_frac": float(longest / max(shortest, 1e-3)),
        "jump_norm": float(np.nanmax(moved)) if np.isfinite(moved).any() else float("nan"),
    }


def implausible(rep: Mapping[str, Any], params: PlausibleParams) -> str:
    """Why no body can have done this rep, in words; empty if one can.

    What is NaN or missing speaks against nothing. `neighbour_frac`, where it is known, is how often
    somebody else was seen close by.
    """
    low, top = _value(rep, "lowest_leg_angle_deg"), _value(rep, "top_leg_angle_deg")
    knee, peak, leg = (
        _value(rep, name) for name in ("knee_angle_min_deg", "peak_speed_deg_s", "leg_norm")
    )
    up_s, down_s = _value(rep, "lift_s"), _value(rep, "lowering_s")
    duration_s = _value(rep, "end_s") - _value(rep, "start_s")
    whole = bool(rep.get("lift_seen")) and bool(rep.get("lowering_seen"))
    pace_deg_s = 2 * _value(rep, "travel_deg") / duration_s if duration_s > 0 else np.nan
    quick = pace_deg_s > params.max_pace_deg_s
    quick |= rep.get("leg") == "both" and duration_s < params.min_both_s
    jumps = _value(rep, "jump_norm") > params.max_jump_norm
    checks = {
        TWO_PEOPLE: _value(rep, "neighbour_frac") > params.max_neighbour_frac,
        f"legs from {low:.0f} to {top:.0f} deg over the floor: no body does that; film from the "
        "side, one person alone": low < params.min_leg_deg or top > params.max_leg_deg,
        f"knees bent to {knee:.0f} deg: no body does that; film from the side, in good light": (
            knee < params.min_knee_deg
        ),
        f"up and down in {duration_s:.1f} s: nobody is so quick; film at normal speed": (
            whole and quick
        ),
        f"one leg was taken for the other, or the film is sped up (a leg at {peak:.0f} deg a "
        "second)": peak > params.max_peak_deg_s,
        f"lifted in {up_s:.0f} s: slow motion, it seems; film at normal speed": (
            up_s > params.max_way_s
        ),
        f"lowered in {down_s:.0f} s: slow motion, it seems; film at normal speed": (
            down_s > params.max_way_s
        ),
        f"legs {leg:.1f} times as long as the trunk: no body is so, it was not seen well; film "
        "from the side, one person alone": leg > params.max_leg_norm,
        TWO_BODIES: jumps or _value(rep, "stretch_frac") > params.max_stretch_frac,
    }
    return next((why for why, failed in checks.items() if failed), "")


def with_doubt(reps: pd.DataFrame, params: PlausibleParams) -> pd.DataFrame:
    """Add `doubt`: why a rep (a row each) is none that a body does; empty where one can.

    Where many reps of a shot are such, the others were read from the same landmarks, and what they
    show is no better known.
    """
    doubt = pd.Series(
        [implausible(rep, params) for rep in reps.to_dict("records")], reps.index, dtype=object
    )
    if reps.empty or "shot_idx" not in reps:
        return reps.assign(doubt=doubt)
    share = (doubt != "").groupby(reps["shot_idx"]).transform("mean")
    spread = (doubt == "") & (share > params.max_impossible_frac)
    return reps.assign(doubt=doubt.mask(spread, JUMPING))


def known_leg_norm(leg_norm: float, params: PlausibleParams) -> float:
    """Length of a leg in trunk lengths, NaN if no body is so: heights are reckoned from it."""
    return leg_norm if params.min_leg_norm <= leg_norm <= params.max_leg_norm else float("nan")


def _value(rep: Mapping[str, Any], name: str) -> float:
    """Read a number of a rep, NaN where it is not known."""
    return float(rep.get(name, np.nan))


def ends_unseen(rep: Mapping[Any, Any], params: PlausibleParams) -> bool:
    """Whether a rep ends because it is not seen any longer, the legs still on the way.

    The leg is not followed after the rep, and it has not come down all the way or still moves.
    """
    still_up = _value(rep, "lowered_frac") < params.min_lowered_frac
    moving = _value(rep, "end_speed_deg_s") > params.max_end_speed_deg_s
    return _value(rep, "after_s") < params.min_after_s and (still_up or moving)


def begins_unseen(rep: Mapping[Any, Any], params: PlausibleParams) -> bool:
    """Whether a rep begins where pictures are missing: the legs may have been anywhere before.

    `after_hole_s`, where it is known, is the time from the hole to the rep.
    """
    return _value(rep, "after_hole_s") < params.min_after_s


def without_beginnings(reps: pd.DataFrame, params: PlausibleParams) -> pd.DataFrame:
    """Forget the way up of reps that begin unseen: the features of it become NaN."""
    if reps.empty:
        return reps
    cut = reps.apply(begins_unseen, axis=1, params=params).astype(bool)
    ways = {name: reps[name].mask(cut) for name in ("lift_s", "momentum_frac", "swing_deg")}
    return reps.assign(lift_seen=reps["lift_seen"].astype(bool) & ~cut, **ways)


def no_good_unseen(judged: pd.DataFrame, params: PlausibleParams) -> pd.DataFrame:
    """Take back each `good` of a rep that was not seen whole, and say so of the others."""
    if judged.empty:
        return judged
    for half_seen, said, as_far in (
        (ends_unseen, HALF_SEEN, AS_FAR_AS_SEEN),
        (begins_unseen, BEGAN_UNSEEN, BEGAN_UNSEEN),
    ):
        half = judged.apply(half_seen, axis=1, params=params).astype(bool)
        good, arched = (half & (judged["verdict"] == verdict) for verdict in ("good", "arched"))
        reason = judged["reason"].mask(good, said)
        judged = judged.assign(
            verdict=judged["verdict"].mask(good, "cant_tell"),
            reason=reason.mask(arched, reason + "; " + as_far),
        )
    return judged
