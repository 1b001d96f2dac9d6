"""The article's rules as plain sentences, each with its threshold from `params.yaml`."""

from __future__ import annotations

from typing import Any

from leglift.params import CueParams

Cue = dict[str, str]


def rep_cues(rep: dict[str, Any], params: CueParams) -> list[Cue]:
    """Cues of one rep, most important first; a measure that is NaN gives no cue."""
    cues = {
        "back_arched": (
            rep["verdict"] == "arched",
            "The lower back left the floor: the set is over with this rep.",
        ),
        "lowering_too_fast": (
            rep["lowering_s"] < params.min_lowering_s,
            f"Lowered in about {rep['lowering_s']:.1f} s; "
            f"take {params.asked_lowering_s:.0f} seconds.",
        ),
        "not_perpendicular": (
            rep["top_leg_angle_deg"] < params.min_top_deg,
            f"The legs came up to {rep['top_leg_angle_deg']:.0f} deg; lift until they are upright.",
        ),
        "knees_bent": (
            rep["knee_angle_min_deg"] < params.min_knee_deg,
            f"The knees bent to {rep['knee_angle_min_deg']:.0f} deg; straight or slightly bent "
            "is the full exercise, bent knees the easier one.",
        ),
    }
    return [{"code": code, "message": message} for code, (shown, message) in cues.items() if shown]
