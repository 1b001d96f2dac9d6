"""The article's rules as plain sentences, each with its threshold from `params.yaml`.

A cue says what was measured and what to do. It names no illness and promises nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.params import CueParams, Params

Cue = dict[str, str]

_ROUND_CM = 5
_UPRIGHT_DEG = 85.0
_SHORTEST_CM, _TALLEST_CM = 100, 250


def rep_cues(
    rep: dict[str, Any],
    params: CueParams,
    set_over_at_rep: int | None = None,
    *,
    angles_hold: bool = True,
) -> list[Cue]:
    """Cues of one rep, most important first; a measure that is NaN gives no cue.

    `rep` has the features of a rep, its `posture` and its verdict. `set_over_at_rep` is the first
    arched rep of the set; None stands for this one. Seen too far from the side, `angles_hold` is
    false, and nothing is said that rests on an angle.
    """
    found = [*_back_cues(rep, params, set_over_at_rep)]
    if rep["lowering_s"] < params.min_lowering_s:
        asked = f"take {params.asked_lowering_s:.0f} seconds"
        said = f"Lowered in about {rep['lowering_s']:.1f} s; {asked}."
        found.append(("lowering_too_fast", said))
    if angles_hold:
        found += _leg_cues(rep, params)
    return _listed(dict(found))


def _listed(messages: dict[str, str]) -> list[Cue]:
    return [{"code": code, "message": said} for code, said in messages.items() if said]


def _back_cues(
    rep: dict[str, Any], params: CueParams, set_over_at_rep: int | None
) -> Iterator[tuple[str, str]]:
    if rep["verdict"] != "arched":
        return
    if set_over_at_rep is not None and set_over_at_rep < rep["rep"]:
        said = f"The lower back left the floor again; the set was over at rep {set_over_at_rep}."
    else:
        said = f"The lower back left the floor: the set is over at rep {rep['rep']}."
    yield "back_arched", said
    lift, lowest = rep["back_lift_angle_deg"], rep["lowest_leg_angle_deg"]
    if lift - lowest > params.past_control_deg:
        yield (
            "past_point_of_control",
            f"The legs went on down to {lowest:.0f} deg after the back had left the floor at "
            f"{lift:.0f} deg; turn round before that.",
        )


def _leg_cues(rep: dict[str, Any], params: CueParams) -> Iterator[tuple[str, str]]:
    """Swing, height and knees."""
    hanging = rep["posture"] == "hanging"
    slowly = "lift slowly and stop at the top, without momentum"
    if hanging and rep["sway_norm"] > params.max_sway_norm:
        said = "The whole body swung on the bar; hang still before each lift, without momentum."
        yield "swinging", said
    elif rep["momentum_frac"] > params.max_momentum_frac:
        yield "swinging", f"The legs were thrown up; {slowly}."
    elif rep["swing_deg"] > params.max_swing_deg:
        said = f"The legs swung by about {rep['swing_deg']:.0f} deg on the way up; {slowly}."
        yield "swinging", said
    if rep["knee_angle_min_deg"] < params.min_knee_deg:
        good = "straight or slightly bent is the full one"
        then = good if rep["verdict"] == "good" else "keep to it until the back stays down"
        yield (
            "knees_bent",
            f"The knees bent to {rep['knee_angle_min_deg']:.0f} deg (180 is straight), the easier "
            f"exercise; {then}.",
        )
    elif rep["top_leg_angle_deg"] < params.min_top_deg:
        # of straight legs only: hip to ankle lies lower than the thigh of a bent leg
        top, goal = rep["top_leg_angle_deg"], "level" if hanging else "upright"
        yield "not_perpendicular", f"The legs came up to {top:.0f} deg; lift until they are {goal}."


def set_cues(reps: pd.DataFrame, leg_norm: float, stop_deg: float, params: CueParams) -> list[Cue]:
    """Cues of the whole set: where it is over, where to stop, what is easier, shaking.

    `reps` are judged reps with their features, `leg_norm` the leg's length in trunk lengths and
    `stop_deg` the leg angle at which to turn round (both may be NaN). What cannot be known is not
    said.
    """
    arched = reps[reps["verdict"] == "arched"]
    over = int(arched["rep"].iloc[0]) if len(arched) else None
    return _listed(
        {
            "set_over": f"The set is over at rep {over}: the lower back left the floor."
            if over
            else "",
            "stop_above": _stop_above(stop_deg, leg_norm, params),
            "regress": _regress(arched, params),
            "shaking_is_normal": _shaking(reps, params),
        }
    )


def _regress(arched: pd.DataFrame, params: CueParams) -> str:
    """Arching early in the set or with the legs still high asks for an easier exercise."""
    if arched.empty:
        return ""
    advice = "take the easier exercise for now: a shorter way down, or bent knees"
    first, angle = int(arched["rep"].iloc[0]), arched["back_lift_angle_deg"].max()
    if angle >= params.early_arch_deg:
        return f"The back left the floor with the legs still at {angle:.0f} deg; {advice}."
    if first <= params.early_rep:
        return f"The back left the floor as early as rep {first}; {advice}."
    return ""


def heel_height_cm(angle_deg: float, leg_norm: float, params: CueParams) -> float:
    """Height of the heels over the floor at a leg angle, for a person of `body_cm`.

    The leg turns about the hip, and hip and heel lie about equally high on the floor. A body is
    not measured by a camera: the trunk's length in cm is assumed, which is off by a tenth between
    people of 1.53 and 1.87 m. Rounded up to 5 cm: to stop early is safe; NaN if unknown.
    """
    height_cm = leg_norm * params.trunk_cm * np.sin(np.radians(min(angle_deg, 90.0)))
    return float(_ROUND_CM * np.ceil(height_cm / _ROUND_CM))


def for_height(params: Params, body_cm: float | None) -> Params:
    """Reckon heights for a person so tall; None leaves the height that is assumed.

    Raises
    ------
    UsageError
        No grown person is so tall.
    """
    if body_cm is None:
        return params
    if not _SHORTEST_CM <= body_cm <= _TALLEST_CM:
        raise UsageError(
            f"--body-height-cm {body_cm:g}: give centimetres, {_SHORTEST_CM} to {_TALLEST_CM}"
        )
    trunk_cm = params.cues.trunk_cm * body_cm / params.cues.body_cm
    cues = params.cues.model_copy(update={"trunk_cm": trunk_cm, "body_cm": float(body_cm)})
    return params.model_copy(update={"cues": cues})


def _stop_above(angle: float, leg_norm: float, params: CueParams) -> str:
    if math.isnan(angle):
        return ""
    if angle > _UPRIGHT_DEG:
        return "Keep the legs near upright: the back leaves the floor almost at once."
    height = heel_height_cm(angle, leg_norm, params)
    at = f"the legs at about {angle:.0f} deg"
    if math.isnan(height):
        return f"Stop lowering with {at}."
    return (
        f"Stop with the heels about {height:.0f} cm above the floor ({at}; reckoned for a person "
        f"of {params.body_cm / 100:.2f} m)."
    )


def _shaking(reps: pd.DataFrame, params: CueParams) -> str:
    steady = reps["doubt"] == "" if "doubt" in reps else True  # else it is the landmarks' own
    shaken = reps.loc[(reps["shake_norm"] > params.shake_norm) & steady, "rep"]
    if shaken.empty:
        return ""
    which = ", ".join(str(int(rep)) for rep in shaken)
    return f"The legs trembled in rep {which}: that is normal in muscles that work hard, no fault."
