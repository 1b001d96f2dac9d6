"""Is the edge of the lower back in view at a moment, and if not, what to change.

Conditions with a soft border each; the weakest decides. They are conditions, not a learned model: a
learned gate knew the study's people no better, and a condition can be named
(docs/decisions/0015, 0016).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from leglift.motion.signals import Floats
from leglift.params import GateParams

SEEN_AT = 0.5
"""A moment counts as seen from here on; every condition is 0.5 at its limit in the parameters."""

NOT_VISIBLE = "back not visible: "
"""How the reasons begin that the gate gives."""

REASONS = {
    "arm": "an arm lies along the waist; fold the arms across the chest",
    "posture": "the trunk lies askew in the picture; lie flat, and hold the camera level",
    "curl": "the shoulders are off the floor; lie flat, shoulders and head down",
    "view": "the camera stands off to the head or the feet; film square from the side",
    "height": "the camera looks down on the body; put it at mat height",
    "small": "the trunk is too small in the picture; come closer",
    "contrast": "the back does not stand out from the floor; wear something lighter or darker",
    "outline": "the outline of the lower back is broken; film the whole trunk in even light",
}
"""What hides the edge, with what to change."""


def conditions(moments: pd.DataFrame, params: GateParams) -> pd.DataFrame:
    """How well each condition holds, 0..1, a column a reason; unknown counts as not held."""
    soft = {
        "arm": _below(moments["arm_cover_frac"].fillna(1.0), params.max_arm_frac, 0.1),
        "posture": _below(moments["tilt_deg"], params.max_trunk_tilt_deg, 5.0),
        "curl": _below(moments["curl_norm"], params.max_curl_norm, 0.05),
        "view": _below(moments["off_axis_deg"], params.max_off_axis_deg, 5.0),
        "height": _below(moments["raised_deg"], params.max_raised_deg, 5.0),
        "small": _above(moments["trunk_px"], params.min_trunk_px, 20.0),
        "contrast": _above(moments["contrast"], params.min_contrast, 0.1),
        "outline": np.minimum(
            _above(moments["outline_frac"], params.min_outline_frac, 0.2),
            moments["gap_norm"].notna().to_numpy(float),
        ),
    }
    return pd.DataFrame(soft, index=moments.index)


def _above(values: pd.Series, limit: float, width: float) -> Floats:
    """0.5 at the limit, 1 and 0 a width over and under it."""
    share = 0.5 + (values.to_numpy(float) - limit) / (2 * width)
    return np.asarray(np.nan_to_num(np.clip(share, 0.0, 1.0)))


def _below(values: pd.Series, limit: float, width: float) -> Floats:
    return _above(-values, -limit, width)


def back_visible(moments: pd.DataFrame, params: GateParams) -> Floats:
    """How surely the edge is seen, 0..1 (n,): the weakest condition."""
    return np.asarray(conditions(moments, params).min(axis=1).to_numpy(float))


def why_hidden(moments: pd.DataFrame, params: GateParams) -> str:
    """Say what hides the edge in most of the moments that are not seen, and what to change.

    The outline where no condition tells.
    """
    held = conditions(moments, params)
    hidden = held[held.min(axis=1) < SEEN_AT]
    name = "outline" if hidden.empty else hidden.idxmin(axis=1).value_counts().idxmax()
    return f"{NOT_VISIBLE}{REASONS[name]}"
