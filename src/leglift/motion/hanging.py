"""Hanging from a bar: the same lift with the trunk upright, held by hands that stay where they are.

Nothing lies on a floor here. Legs are measured from the vertical instead: 0 deg hanging straight
down, 90 deg level. That is the body frame of a lying person turned by a quarter, so everything
after it stays the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from leglift.motion.geometry import ShotView, picture_tilt_deg
from leglift.motion.signals import middle
from leglift.params import RepParams

_LIFTED_NORM = 0.3


def hold_columns(frames: pd.DataFrame, trunk_px: float) -> pd.DataFrame:
    """Where the hands are: `hand_x_norm`, `hand_y_norm` in the picture, in trunk lengths.

    `grip_norm` is how far they are above the shoulders, negative below.
    """
    hands, shoulders = middle(frames, "wrist"), middle(frames, "shoulder")
    return pd.DataFrame(
        {
            "hand_x_norm": hands[:, 0] / trunk_px,
            "hand_y_norm": hands[:, 1] / trunk_px,
            "grip_norm": (shoulders - hands)[:, 1] / trunk_px,
        }
    )


def hanging_view(frames: pd.DataFrame, view: ShotView, params: RepParams) -> ShotView | None:
    """View of a shot in which the person hangs most of the time; None where nobody does.

    The floor becomes the vertical, the feet's end down. The front of the body is up, as it is for
    somebody who lies: it is where the legs go. The camera's angle off side-on is read from how far
    the far side stands beside the near one.
    """
    grip_norm = hold_columns(frames, view.trunk_px)["grip_norm"].to_numpy()
    upright = picture_tilt_deg(frames) > params.max_trunk_tilt_deg
    head_up = middle(frames, "hip")[:, 1] > middle(frames, "shoulder")[:, 1]
    hangs = upright & head_up & (grip_norm > params.min_grip_norm)
    seen = np.isfinite(grip_norm)
    if not seen.any() or hangs.sum() < params.min_hanging_frac * seen.sum():
        return None
    return replace(
        view,
        hanging=True,
        feet_right=_faces_right(frames[hangs], view.trunk_px),
        floor_deg=-90.0,
        off_axis_deg=view.raised_deg,
    )


def _faces_right(frames: pd.DataFrame, trunk_px: float) -> bool:
    """Whether the legs come up on the right; where they do not, feet and knees still point there.

    The feet are lifted where they are clearly above their lowest place.
    """
    ankles, hips = middle(frames, "ankle"), middle(frames, "hip")
    height = hips[:, 1] - ankles[:, 1]
    lifted = height > np.nanmin(height) + _LIFTED_NORM * trunk_px
    ahead = (ankles - hips)[:, 0]
    return float(np.nanmedian(ahead[lifted] if lifted.any() else ahead)) >= 0
